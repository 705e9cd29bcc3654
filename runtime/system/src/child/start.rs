//! Starting a child, and saying clearly why that failed.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use tokio::net::unix::pipe::Receiver;

use super::capture::{Capture, Captures};
use super::group::Group;
use super::{Limits, Program, Started, Streams};

/// Starts a program, connected like this.
///
/// # Errors
///
/// Why it did not start, as a sentence.
pub(super) fn start(
    program: &Program,
    limits: &Limits,
    streams: Streams,
) -> Result<Started, String> {
    let mut command = std::process::Command::new(&program.file);
    command
        .arg0(&program.name)
        .args(&program.arguments)
        .current_dir(&program.directory)
        .env_clear()
        .envs(
            program
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(streams.input.map_or_else(Stdio::null, Stdio::from))
        .process_group(0);
    let pipes = if program.disown {
        // It outlives this process, and with it the pipe.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        [None, None]
    } else {
        attach(&mut command, streams.apart)
            .map_err(|error| format!("no pipe for its output: {error}"))?
    };
    // The command goes away with this statement, and with it our copies of the pipe's other end.
    let child = tokio::process::Command::from(command)
        .spawn()
        .map_err(|it| why(program, &it))?;
    let group = Group::led_by(child.id(), !program.disown);
    let [output, errors] = pipes;
    let [first, second] = streams.files.map_or([None, None], |it| it.map(Some));
    let capture = |pipe, file| Capture::new(pipe, file, limits.keep, limits.most);
    Ok(Started {
        child,
        group,
        captures: Captures([capture(output, first), capture(errors, second)]),
    })
}

/// Makes one pipe of standard output and standard error, or one for each.
fn attach(command: &mut std::process::Command, apart: bool) -> io::Result<[Option<Receiver>; 2]> {
    let (reader, writer) = io::pipe()?;
    let reader = Receiver::from_owned_fd(reader.into())?;
    if !apart {
        command.stdout(writer.try_clone()?).stderr(writer);
        return Ok([Some(reader), None]);
    }
    let (errors, second) = io::pipe()?;
    command.stdout(writer).stderr(second);
    Ok([Some(reader), Some(Receiver::from_owned_fd(errors.into())?)])
}

/// What the operating system meant.
fn why(program: &Program, error: &io::Error) -> String {
    let name = &program.name;
    if !program.directory.is_dir() {
        return format!("the directory {} is gone", program.directory.display());
    }
    match error.kind() {
        io::ErrorKind::NotFound => match interpreter(&program.file) {
            Some(it) => format!("`{name}` asks for the interpreter `{it}`, which does not exist"),
            None => format!("`{name}` does not exist, or the loader that it asks for does not"),
        },
        io::ErrorKind::PermissionDenied => match interpreter(&program.file) {
            Some(it) => format!("`{name}` or its interpreter `{it}` may not be executed"),
            None => format!("`{name}` may not be executed"),
        },
        io::ErrorKind::ArgumentListTooLong => {
            format!("the arguments and the environment of `{name}` are too long")
        }
        io::ErrorKind::InvalidInput => {
            format!("the command line or the environment of `{name}` has a NUL character")
        }
        _ if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            format!("`{name}` is neither a program nor a script that begins with #!")
        }
        _ => format!("`{name}` could not be started: {error}"),
    }
}

/// What a script's first line asks for.
fn interpreter(file: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(file)
        .ok()?
        .take(256)
        .read_to_end(&mut head)
        .ok()?;
    let line = head
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let line = String::from_utf8_lossy(line);
    // A carriage return that an editor left is part of the name, and the usual mistake.
    line.split([' ', '\t'])
        .find(|it| !it.is_empty())
        .map(|it| it.escape_debug().to_string())
}
