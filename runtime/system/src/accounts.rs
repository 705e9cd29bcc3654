//! Users and groups: those of `/etc/passwd` and `/etc/group` first, then whoever else the system knows.

use core::time::Duration;
use std::io::{self, Read};

use crate::programs;

/// The largest file of users or groups that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The login name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// The number of its primary group.
    pub group: u32,
    /// Its home directory.
    pub home: String,
    /// Its login shell.
    pub shell: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub id: u32,
    /// Those who are in it besides the users whose primary group it is.
    pub members: Vec<String>,
}

/// The user of this name.
///
/// # Errors
///
/// The file of users cannot be read, or nobody answers within `deadline`.
pub async fn user(name: &str, deadline: Duration) -> io::Result<Option<User>> {
    find(name, deadline, |it: &User| it.name == name).await
}

/// The user with this number.
///
/// # Errors
///
/// As for [`user`].
pub async fn user_by_id(id: u32, deadline: Duration) -> io::Result<Option<User>> {
    find(&id.to_string(), deadline, |it: &User| it.id == id).await
}

/// The group of this name.
///
/// # Errors
///
/// The file of groups cannot be read, or nobody answers within `deadline`.
pub async fn group(name: &str, deadline: Duration) -> io::Result<Option<Group>> {
    find(name, deadline, |it: &Group| it.name == name).await
}

/// The group with this number.
///
/// # Errors
///
/// As for [`group`].
pub async fn group_by_id(id: u32, deadline: Duration) -> io::Result<Option<Group>> {
    find(&id.to_string(), deadline, |it: &Group| it.id == id).await
}

/// The names of the groups that a user is in, sorted.
///
/// # Errors
///
/// As for [`group`].
pub async fn groups_of(user: &User, deadline: Duration) -> io::Result<Vec<String>> {
    let local = lines::<User>()?.iter().any(|it| it.name == user.name);
    let mut names: Vec<String> = if local {
        lines::<Group>()?
            .into_iter()
            .filter(|it| it.id == user.group || it.members.contains(&user.name))
            .map(|it| it.name)
            .collect()
    } else {
        // Its groups are wherever the user is.
        let answer = query("id", &["-Gnz", "--", &user.name], deadline).await?;
        let names = answer.split('\0').filter(|it| !it.is_empty());
        names.map(str::to_owned).collect()
    };
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

/// What a line of a database stands for.
trait Entry: Sized {
    /// The name of the database, and of its file below `/etc`.
    const DATABASE: &'static str;

    /// The entry that a line is; `None` for remarks and nonsense.
    fn parse(line: &str) -> Option<Self>;
}

async fn find<T: Entry>(
    key: &str,
    deadline: Duration,
    wanted: impl Fn(&T) -> bool,
) -> io::Result<Option<T>> {
    if let Some(found) = lines()?.into_iter().find(&wanted) {
        return Ok(Some(found));
    }
    let answer = query("getent", &[T::DATABASE, "--", key], deadline).await?;
    // A name that is a number may be answered with somebody else's entry.
    Ok(answer.lines().filter_map(T::parse).find(wanted))
}

fn lines<T: Entry>() -> io::Result<Vec<T>> {
    let path = format!("/etc/{}", T::DATABASE);
    let mut bytes = Vec::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(LARGEST).read_to_end(&mut bytes)?,
        // As in images that hold one program and nothing else.
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().filter_map(T::parse).collect())
}

/// What a program says; nothing where it is missing or knows nothing.
async fn query(name: &str, arguments: &[&str], deadline: Duration) -> io::Result<String> {
    let Some(program) = programs::find(name, &programs::search_path()) else {
        return Ok(String::new());
    };
    let answer = programs::ask(&program, arguments, deadline).await?;
    Ok(if answer.is_success() {
        answer.text
    } else {
        String::new()
    })
}

// === impl User ===

impl Entry for User {
    const DATABASE: &'static str = "passwd";

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next().filter(|it| !it.is_empty())?;
        let (id, group) = (fields.nth(1)?, fields.next()?);
        let (home, shell) = (fields.nth(1)?, fields.next()?);
        if fields.next().is_some() {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            id: id.parse().ok()?,
            group: group.parse().ok()?,
            home: home.to_owned(),
            shell: shell.to_owned(),
        })
    }
}

// === impl Group ===

impl Entry for Group {
    const DATABASE: &'static str = "group";

    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next().filter(|it| !it.is_empty())?;
        let id = fields.nth(1)?.parse().ok()?;
        let members = fields.next()?;
        if fields.next().is_some() {
            return None;
        }
        Some(Self {
            name: name.to_owned(),
            id,
            members: members
                .split(',')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn lines_are_read_and_nonsense_is_not() {
        let user = User::parse("web:x:33:34:Web: server:/srv/web:/bin/false");
        assert_eq!(user, None, "a colon shifts the fields");
        let user = User::parse("web:x:33:34:Web:/srv/web:/bin/false").unwrap();
        assert_eq!((user.id, user.group), (33, 34));
        assert_eq!((&*user.home, &*user.shell), ("/srv/web", "/bin/false"));
        assert_eq!(User::parse("# remark"), None);
        assert_eq!(User::parse("+::::::"), None);
        let group = Group::parse("adm:x:4:one,two").unwrap();
        assert_eq!((group.id, group.members.len()), (4, 2));
        assert_eq!(Group::parse("adm:x:4"), None);
        assert_eq!(Group::parse("adm:x:4::"), None);
    }

    #[tokio::test]
    async fn root_is_found_by_name_and_number() {
        let root = user("root", LONG).await.unwrap().unwrap();
        assert_eq!(root.id, 0);
        assert_eq!(user_by_id(0, LONG).await.unwrap(), Some(root.clone()));
        let groups = groups_of(&root, LONG).await.unwrap();
        let primary = group_by_id(0, LONG).await.unwrap().unwrap();
        assert!(groups.contains(&primary.name));
        assert_eq!(group(&primary.name, LONG).await.unwrap(), Some(primary));
    }

    #[tokio::test]
    async fn a_number_is_not_taken_for_a_name() {
        assert_eq!(user("0", LONG).await.unwrap(), None);
        assert_eq!(group("0", LONG).await.unwrap(), None);
        assert_eq!(user("-h", LONG).await.unwrap(), None);
    }
}
