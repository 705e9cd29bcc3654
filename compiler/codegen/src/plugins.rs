//! Whether a distribution has a place for the machines that its own keep in place.

use std::sync::Arc;

use chorister_spec::distribution::Distribution;
use chorister_spec::{Checked, Code, Diagnostic};

use crate::capabilities::at;

/// A `plugins` watcher puts machines where the node looks for some.
pub(crate) fn check(of: &Distribution, root: &Arc<str>, checked: &[Checked]) -> Vec<Diagnostic> {
    if of.loaded_machines.is_some() {
        return Vec::new();
    }
    let outlines = checked.iter().map(|it| &it.outline);
    let sites = outlines.flat_map(|it| it.sites.iter().map(|site| (&it.file, site)));
    sites
        .filter(|(_, site)| site.property == "data_item")
        .map(|(file, site)| {
            let message = format!(
                "`{}` keeps machines in place, and {root} lets none be loaded",
                site.watcher
            );
            let help = "add `loaded: {machines: DIR}` to the distribution: they are put there, and run with every \
                        part of Chorister that they need";
            at(Code::NoMachines, file, &site.place, message, help.to_owned())
        })
        .collect()
}
