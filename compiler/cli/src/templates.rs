//! Text that is not Rust: documents, manifests and the files of a new project, from `templates/`.

use anyhow::{Context, Result};
use handlebars::{Handlebars, no_escape};
use serde_json::Value;

/// The text of a template below `templates/`, compiled in.
macro_rules! template {
    ($path:literal) => {
        $crate::templates::Template {
            name: $path,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../templates/",
                $path,
                ".hbs"
            )),
        }
    };
}
pub(crate) use template;

/// A template and the name by which errors speak of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

impl Template {
    /// The text with values filled in.
    pub(crate) fn render(self, data: &Value) -> Result<String> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        // Nothing is HTML: whoever makes the data knows what it is for.
        engine.register_escape_fn(no_escape);
        engine
            .render_template(self.text, data)
            .with_context(|| format!("template {}", self.name))
    }
}
