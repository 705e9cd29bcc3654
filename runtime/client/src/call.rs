//! What generated typed clients ask through.

use chorister_ddl::{Call, Data, RawReply, StatusCode};
use chorister_ir::ddl::{Action, Ddl};
use serde_json::Value;

use crate::{ClientError, Invocation, Requester, Response, Standing};

impl Call for Requester {
    type Error = ClientError;

    /// Replies of nodes that were not asked are left to [`Statistics::unexpected`](crate::Statistics::unexpected).
    async fn call(
        &self,
        ddl: &'static Ddl,
        action: &'static Action,
        data: Data,
        each: &mut (dyn FnMut(RawReply) + Send),
    ) -> Result<(), ClientError> {
        let mut responses = self.ask(&Invocation::new(ddl, action, data)).await?;
        while let Some(response) = responses.next().await? {
            if response.standing == Standing::Expected {
                each(response.into());
            }
        }
        Ok(())
    }
}

impl From<Response> for RawReply {
    /// Values that are no object are none.
    fn from(response: Response) -> Self {
        let reply = response.reply;
        Self {
            sender: response.sender,
            code: StatusCode::of(reply.status.code().into()),
            message: reply.message,
            data: match reply.data {
                Value::Object(data) => data,
                _ => Data::new(),
            },
        }
    }
}
