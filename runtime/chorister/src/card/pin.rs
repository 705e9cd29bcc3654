//! The PIN of a token device: from the configuration, a file, or whoever sits at the terminal.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chorister_pkcs11::Asking;
use chorister_settings::Settings;
use chorister_settings::value::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// How long a PIN may be, in bytes.
const LONGEST: usize = 255;

/// Finds out the PIN of a device.
pub(super) fn pin(settings: &Settings, asking: Asking<'_>) -> Result<SecretString, String> {
    let ours = &settings.security.pkcs11;
    if let Some(pin) = &ours.pin {
        return Ok(pin.clone());
    }
    match &ours.pin_file {
        Some(path) => read(path).map_err(|problem| format!("{}: {problem}", path.display())),
        None => Terminal::open()
            .and_then(|mut terminal| terminal.ask(asking))
            .map_err(|error| {
                format!(
                    "{error}; without a terminal it comes from `security.pkcs11.pin_file` or the variable \
                     CHORISTER_SECURITY_PKCS11_PIN"
                )
            }),
    }
}

/// Reads the first line of a file that nobody else may read.
fn read(path: &Path) -> Result<SecretString, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let about = file.metadata().map_err(|error| error.to_string())?;
    if about.permissions().mode() & 0o077 != 0 {
        return Err("others may read it; take that from them: chmod 600".to_owned());
    }
    let mut text = String::new();
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(2);
    file.take(most)
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    let pin = text.lines().next().unwrap_or_default();
    match pin.is_empty() || pin.len() > LONGEST {
        true => Err(format!("a PIN has 1 to {LONGEST} characters")),
        false => Ok(pin.to_owned().into()),
    }
}

/// The terminal, which shows nothing of what is typed. It is as it was once this is dropped.
struct Terminal {
    file: File,
    before: Termios,
}

impl Terminal {
    fn open() -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&file)?;
        let mut silent = before.clone();
        // Not even signals: what ends this process would leave the terminal silent.
        let modes = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        silent.local_modes.remove(modes);
        tcsetattr(&file, OptionalActions::Flush, &silent)?;
        Ok(Self { file, before })
    }

    fn ask(&mut self, asking: Asking<'_>) -> io::Result<SecretString> {
        let warning = if asking.last {
            " (the next wrong one locks it)"
        } else {
            ""
        };
        write!(self.file, "PIN of {}{warning}: ", asking.label)?;
        let typed = typed(|| {
            let mut byte = [0];
            let read = self.file.read(&mut byte)?;
            Ok((read > 0).then_some(byte[0]))
        });
        writeln!(self.file)?;
        typed
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = tcsetattr(&self.file, OptionalActions::Flush, &self.before);
    }
}

/// What somebody types, key by key, until the end of the line.
fn typed(mut next: impl FnMut() -> io::Result<Option<u8>>) -> io::Result<SecretString> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const ERASE: u8 = 8;
    const KILL: u8 = 21;
    const DELETE: u8 = 127;
    let mut pin = Vec::with_capacity(LONGEST);
    loop {
        match next()? {
            None | Some(b'\r' | b'\n' | END) => break,
            Some(INTERRUPT) => return Err(io::Error::other("nobody gave one")),
            Some(KILL) => pin.clear(),
            Some(ERASE | DELETE) => drop(pin.pop()),
            Some(byte) if pin.len() < LONGEST => pin.push(byte),
            Some(_) => {}
        }
    }
    match String::from_utf8(pin) {
        Ok(pin) if !pin.is_empty() => Ok(pin.into()),
        _ => Err(io::Error::other("nobody gave one")),
    }
}

#[cfg(test)]
mod tests {
    use chorister_settings::value::ExposeSecret;

    use super::*;

    #[track_caller]
    fn check(keys: &str, expect: Option<&str>) {
        let mut keys = keys.bytes();
        let pin = typed(|| Ok(keys.next()));
        assert_eq!(pin.ok().as_ref().map(ExposeSecret::expose_secret), expect);
    }

    #[test]
    fn a_pin_is_what_was_typed() {
        check("1234\n", Some("1234"));
        check("1234", Some("1234"));
        check("9\u{15}12\u{7f}\u{8}\u{8}34\r5", Some("34"));
        check("1234\u{3}", None);
        check("\n", None);
        check(&"1".repeat(300), Some(&"1".repeat(LONGEST)));
    }

    #[test]
    fn a_file_with_a_pin_is_read_by_its_owner() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pin");
        std::fs::write(&path, "1234\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o600);
        assert_eq!(read(&path).unwrap().expose_secret(), "1234");
        mode(0o640);
        assert!(read(&path).unwrap_err().contains("chmod 600"));
        mode(0o600);
        std::fs::write(&path, "1".repeat(999)).unwrap();
        assert!(read(&path).unwrap_err().contains("255"));
    }
}
