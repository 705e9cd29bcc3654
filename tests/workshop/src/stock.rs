//! The data plugin that knows how much there is of something.

use chorister::ddl::{Failure, RequestContext};

use crate::data::stock::{StockData, StockInput, StockOutput, StockQuery};

/// Knows how much there is.
#[derive(Default)]
pub(crate) struct Stock;

impl StockData for Stock {
    async fn ask(&self, _: &RequestContext, input: StockInput) -> Result<StockOutput, Failure> {
        let amount = match input.query {
            StockQuery::Brass => 12,
            StockQuery::Steel => 120,
            StockQuery::Void => return Err(Failure::aborted("Nobody counts that")),
        };
        Ok(StockOutput {
            amount: Some(amount),
        })
    }
}
