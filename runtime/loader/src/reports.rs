//! What the engine has been told is wrong.

use std::collections::BTreeSet;

use chorister_engine::{EngineHandle, HandleError};

/// The problems that one part of a node has reported.
#[derive(Debug)]
pub struct Reports {
    source: &'static str,
    engine: EngineHandle,
    known: BTreeSet<String>,
}

impl Reports {
    /// No problem yet; `source` is the name of the part.
    #[must_use]
    pub const fn new(source: &'static str, engine: EngineHandle) -> Self {
        Self {
            source,
            engine,
            known: BTreeSet::new(),
        }
    }

    /// The subjects with a problem.
    pub fn subjects(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    /// Tells what is wrong with a subject, or that nothing is any more.
    ///
    /// # Errors
    /// The engine has stopped.
    pub async fn report(&mut self, subject: &str, text: Option<String>) -> Result<(), HandleError> {
        let news = match text {
            Some(_) => {
                self.known.insert(subject.to_owned());
                true
            }
            None => self.known.remove(subject),
        };
        if news {
            self.engine.report(self.source, subject, text).await?;
        }
        Ok(())
    }
}

/// A reason with the word that what ran before goes on.
#[must_use]
pub fn goes_on(reason: &str) -> String {
    let reason = reason.trim_end();
    let separator = if reason.contains('\n') { "\n" } else { "; " };
    format!("{reason}{separator}what ran before goes on")
}
