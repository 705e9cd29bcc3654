//! Holding the running node to what its distribution may do.

use std::path::Path;

use chorister_engine::Sandboxed;
use chorister_facts::Sources;

use crate::Distribution;
use crate::args::Run;
use crate::loader::CheckOrigin;

/// Holds this process to the distribution's sandbox, if it has one, and says in the log how far that goes.
///
/// # Errors
///
/// Why not, on a system that is able to: then the node must not run.
pub(crate) fn hold(
    distribution: &Distribution,
    arguments: &Run,
    facts: &Sources,
    state: &Path,
    machines: Option<&Path>,
    checks: Option<&CheckOrigin>,
) -> Result<Option<Sandboxed>, String> {
    let Some(sandbox) = &distribution.sandbox else {
        return Ok(None);
    };
    let held = restrict(sandbox, arguments, facts, state, machines, checks)?;
    for gap in &held.gaps {
        tracing::warn!("Not held to its capabilities: {gap}");
    }
    for wider in &held.wider {
        tracing::info!("More is allowed than asked for: {wider}");
    }
    for absent in &held.absent {
        tracing::info!("{absent} is granted and not there; once it is, start again to use it");
    }
    if held.gaps.is_empty() {
        tracing::info!("Held to its capabilities, with every process that it starts");
    }
    Ok(Some(held))
}

/// What an operator has to know, if anything.
pub(crate) fn problem(held: &Sandboxed) -> Option<String> {
    (!held.gaps.is_empty())
        .then(|| format!("not held to its capabilities: {}", held.gaps.join("; ")))
}

#[cfg(feature = "sandbox")]
fn restrict(
    sandbox: &chorister_ir::Sandbox,
    arguments: &Run,
    facts: &Sources,
    state: &Path,
    machines: Option<&Path>,
    checks: Option<&CheckOrigin>,
) -> Result<Sandboxed, String> {
    use std::os::unix::fs::DirBuilderExt;
    use std::path::PathBuf;

    use chorister_engine::Hook;

    use crate::args::Events;

    // A rule is made for what exists.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state.join("machines"))
        .map_err(|error| format!("cannot make {}: {error}", state.display()))?;
    let listen = arguments.http.listen();
    let hooks: Vec<Hook> = arguments.notify.hooks().collect();
    let config = arguments.file.config.as_ref();
    let plugins = config.map(|it| it.with_file_name(chorister_settings::places::PLUGIN_FOLDER));
    let native: &[&str] = if facts.native {
        &chorister_facts::native::READ
    } else {
        &[]
    };
    let directory = facts.directory.as_ref().filter(|it| it.is_dir());
    let programs = directory.map(|it| format!("{}/*", it.display()));
    let node = chorister_sandbox::Node {
        state_dir: state.to_owned(),
        events: match &arguments.events {
            Events::File(path) => Some(path.clone()),
            Events::Console | Events::Jsonl => None,
        },
        files: facts
            .files
            .iter()
            .chain(&arguments.overrides)
            .chain(&arguments.status_file)
            .chain(&arguments.file.config)
            .cloned()
            .chain(checks.and_then(CheckOrigin::bundle_file))
            .collect(),
        folders: checks
            .map(|it| it.directory.clone())
            .into_iter()
            .chain(plugins.filter(|it| it.is_dir()))
            .chain(facts.directory.clone())
            .chain(native.iter().map(PathBuf::from))
            .collect(),
        textfile_dir: arguments.textfile_dir.clone(),
        machines: machines.map(Path::to_owned),
        listen: listen.as_ref().map(|it| it.address.port()),
        read: listen
            .iter()
            .flat_map(chorister_engine::Listen::files)
            .collect(),
        exec: hooks
            .iter()
            .filter_map(Hook::program)
            .chain(programs)
            .collect(),
        connect: hooks.iter().filter_map(Hook::port).collect(),
        search: chorister_engine::process::search_folders(),
    };
    let held = chorister_sandbox::restrict(sandbox, &node).map_err(|error| error.to_string())?;
    Ok(Sandboxed {
        enforced: held.extent.as_str().to_owned(),
        gaps: held.gaps,
        wider: held.wider,
        absent: held.absent,
    })
}

#[cfg(not(feature = "sandbox"))]
fn restrict(
    _: &chorister_ir::Sandbox,
    _: &Run,
    _: &Sources,
    _: &Path,
    _: Option<&Path>,
    _: Option<&CheckOrigin>,
) -> Result<Sandboxed, String> {
    Ok(Sandboxed {
        enforced: "nothing".to_owned(),
        gaps: vec![
            "nothing of it is enforced: the binary was built without the feature `sandbox` of chorister".to_owned(),
        ],
        ..Sandboxed::default()
    })
}
