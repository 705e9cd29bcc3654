//! Which files a configuration is looked for in.

use std::path::{Path, PathBuf};

/// The folder beside a configuration whose files hold the keys of plugins.
pub const PLUGIN_FOLDER: &str = "plugin.d";

/// The file of a project: for clients, in the working directory and all above it.
pub const PROJECT_FILE: &str = "choria.conf";

/// Where the configuration of the node NAME is, the first that exists.
///
/// A node of another program is left its own: `/etc/choria/server.conf` is read where the command line says so.
#[must_use]
pub fn of_node(name: &str) -> Vec<PathBuf> {
    let folder = Path::new("/etc").join(name);
    vec![folder.join("chorister.yaml"), folder.join("server.conf")]
}

/// Where the configuration of a client is, the first that exists.
#[must_use]
pub fn of_client(name: &str, home: Option<&Path>) -> Vec<PathBuf> {
    let own = home.map(|it| it.join(".config").join(name).join("client.yaml"));
    let own = own
        .into_iter()
        .chain([Path::new("/etc").join(name).join("client.yaml")]);
    let theirs = [".choriarc", ".mcollective"].map(|it| home.map(|home| home.join(it)));
    let system = [
        "/etc/choria/client.conf",
        "/usr/local/etc/choria/client.conf",
        "/etc/puppetlabs/mcollective/client.cfg",
    ];
    own.chain(theirs.into_iter().flatten())
        .chain(system.map(PathBuf::from))
        .collect()
}

/// Whether a file is of our own format, by its name.
#[must_use]
pub fn is_native(path: &Path) -> bool {
    let ending = path.extension().and_then(|it| it.to_str());
    ending.is_some_and(|it| {
        ["yaml", "yml", "json"]
            .iter()
            .any(|ours| it.eq_ignore_ascii_case(ours))
    })
}

/// The plugin whose keys a file of `plugin.d` holds: the NAME of `NAME.cfg` or `NAME.conf`.
///
/// go-choria opens `NAME.cfg` whichever of the two it has found. Here each is what it is.
#[must_use]
pub fn plugin(path: &Path) -> Option<&str> {
    let ending = path.extension()?.to_str()?;
    matches!(ending, "cfg" | "conf").then_some(path.file_stem()?.to_str()?)
}

/// Whether the folder `plugin.d` beside a configuration counts: not for one that a user has at home.
#[must_use]
pub fn has_plugins(path: &Path, home: Option<&Path>) -> bool {
    !is_native(path) && !home.is_some_and(|it| path.starts_with(it))
}

/// The project files that count in a working directory, the innermost last.
#[must_use]
pub fn of_projects(working: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = working
        .ancestors()
        .map(|it| it.join(PROJECT_FILE))
        .collect();
    files.reverse();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_read_from_the_root_down() {
        let files = of_projects(Path::new("/srv/web"));
        let expect = ["/choria.conf", "/srv/choria.conf", "/srv/web/choria.conf"];
        assert_eq!(files, expect.map(PathBuf::from));
    }

    #[test]
    fn plugins_are_named_after_their_files() {
        assert_eq!(
            plugin(Path::new("/etc/choria/plugin.d/choria.cfg")),
            Some("choria")
        );
        assert_eq!(plugin(Path::new("a/rpcaudit.conf")), Some("rpcaudit"));
        assert_eq!(plugin(Path::new("a/choria.cfg.rpmsave")), None);
    }

    #[test]
    fn a_configuration_at_home_has_no_plugins() {
        let home = Some(Path::new("/home/ada"));
        assert!(!has_plugins(Path::new("/home/ada/.choriarc"), home));
        assert!(has_plugins(Path::new("/etc/choria/server.conf"), home));
        assert!(!has_plugins(Path::new("/etc/scout/chorister.yaml"), home));
    }
}
