//! Filters in JSON.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Compound, FactFilter, Filter, Operator};
use crate::json::{self, Fault, Member, Writer};
use crate::limits;

impl Filter {
    /// Reads the member of a request, held against the schema.
    pub(crate) fn decode(member: Member<'_>) -> Result<Self, Fault> {
        let [fact, cf_class, agent, identity, compound] = member
            .within(limits::FILTER)?
            .object(["fact", "cf_class", "agent", "identity", "compound"])?;
        let facts = fact.list::<&RawValue>(limits::FILTERS)?;
        let compound = compound.list::<Vec<Map<String, Value>>>(limits::FILTERS)?;
        Ok(Self {
            facts: facts
                .into_iter()
                .map(FactFilter::decode)
                .collect::<Result<_, _>>()?,
            classes: cf_class.list(limits::FILTERS)?,
            agents: if agent.is_there() {
                agent.list(limits::FILTERS)?
            } else {
                Vec::new()
            },
            identities: identity.list(limits::FILTERS)?,
            compound: compound.into_iter().map(Compound).collect(),
        })
    }

    /// The JSON of a filter.
    pub(crate) fn encode(&self) -> String {
        let facts = json::list(&self.facts, |fact, out| out.push_str(&fact.encode()));
        let compound: Vec<_> = self
            .compound
            .iter()
            .map(|it| it.0.iter().cloned().map(Value::Object).collect())
            .map(Value::Array)
            .collect();
        Writer::new()
            .raw("fact", &facts)
            .texts("cf_class", &self.classes)
            .texts("agent", &self.agents)
            .texts("identity", &self.identities)
            .value("compound", &Value::Array(compound))
            .end()
    }

    /// Reads the JSON of a filter that stands alone, as in files.
    ///
    /// # Errors
    /// It is not a filter.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        let whole: &RawValue =
            serde_json::from_slice(json).map_err(|error| Fault::NotAnObject {
                reason: error.to_string(),
            })?;
        Self::decode(Member::whole("filter", whole))
    }
}

impl FactFilter {
    fn decode(json: &RawValue) -> Result<Self, Fault> {
        let [fact, operator, value] = json::members(
            json.get().as_bytes(),
            limits::MESSAGE,
            ["fact", "operator", "value"],
        )?;
        let sign = operator.required_text()?;
        Ok(Self {
            fact: fact.filled_text()?.into_owned(),
            operator: Operator::from_symbol(&sign)
                .ok_or_else(|| operator.wrong_value("is not an operator"))?,
            value: value.filled_text()?.into_owned(),
        })
    }

    fn encode(&self) -> String {
        Writer::new()
            .text("fact", &self.fact)
            .text("operator", self.operator.symbol())
            .text("value", &self.value)
            .end()
    }
}
