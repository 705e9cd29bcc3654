//! Requests over HTTP, where the program was built without them.

use chorister_goss::Resource;
use chorister_goss::matcher::Found;

/// There is none.
pub(super) enum Response {}

/// Says that nothing can be asked.
#[expect(
    clippy::unused_async,
    reason = "where requests are possible they take their time"
)]
pub(super) async fn ask(_: &Resource) -> Result<Response, String> {
    Err("this program was built without HTTP".to_owned())
}

/// What there is of a property.
pub(super) fn find(response: &Response, _: &str) -> Result<Found<'static>, String> {
    match *response {}
}
