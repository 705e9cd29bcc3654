//! Users and groups.

use chorister_goss::matcher::Found;
use chorister_system::accounts::{self, User};

use super::{PATIENCE, told, unknown, value};

/// The user of this name; whatever goes wrong means that there is none.
pub(super) async fn user(name: &str) -> Option<User> {
    accounts::user(name, PATIENCE).await.ok().flatten()
}

pub(super) async fn of_user(user: Option<&User>, key: &str) -> Result<Found<'static>, String> {
    match (key, user) {
        ("exists", user) => Ok(value(user.is_some())),
        (_, None) => Err("there is no such user".to_owned()),
        ("uid", Some(user)) => Ok(value(i64::from(user.id))),
        ("gid", Some(user)) => Ok(value(i64::from(user.group))),
        ("home", Some(user)) => Ok(value(&*user.home)),
        ("shell", Some(user)) => Ok(value(&*user.shell)),
        ("groups", Some(user)) => {
            let groups = accounts::groups_of(user, PATIENCE).await;
            groups.map(Found::Strings).map_err(told)
        }
        _ => Err(unknown(key)),
    }
}

pub(super) async fn group(name: &str, key: &str) -> Result<Found<'static>, String> {
    let group = accounts::group(name, PATIENCE).await.ok().flatten();
    match (key, group) {
        ("exists", group) => Ok(value(group.is_some())),
        (_, None) => Err("there is no such group".to_owned()),
        ("gid", Some(group)) => Ok(value(i64::from(group.id))),
        _ => Err(unknown(key)),
    }
}
