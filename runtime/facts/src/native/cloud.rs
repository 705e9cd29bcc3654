//! The cloud that a machine is in, as cloud-init wrote it down. No network is asked.

use serde_json::{Map, Value};

use super::Root;

/// Where cloud-init leaves what anybody may know.
const INSTANCE: &str = "/run/cloud-init/instance-data.json";

/// What is taken from there, by its name here.
const TAKEN: [(&str, &str); 7] = [
    ("provider", "cloud_name"),
    ("platform", "platform"),
    ("subplatform", "subplatform"),
    ("region", "region"),
    ("availability_zone", "availability_zone"),
    ("instance_id", "instance_id"),
    ("local_hostname", "local_hostname"),
];

/// The tag that machines of Azure have.
const AZURE: &str = "7783-7084-3265-9085-8269-3286-77";

/// The cloud; `None` where nothing says that there is one.
pub(super) fn cloud(root: &Root) -> Option<Value> {
    told(root).or_else(|| {
        let said = |name: &str| root.text(&format!("/sys/class/dmi/id/{name}"));
        let maker = said("sys_vendor").unwrap_or_default();
        let provider = match maker.as_str() {
            "Amazon EC2" => "aws",
            "Google" => "gce",
            _ if said("chassis_asset_tag").as_deref() == Some(AZURE) => "azure",
            _ => return None,
        };
        let provider = ("provider".to_owned(), provider.into());
        Some(Value::Object(core::iter::once(provider).collect()))
    })
}

/// What cloud-init says.
fn told(root: &Root) -> Option<Value> {
    let text = root.text(INSTANCE)?;
    let data: Value = serde_json::from_str(&text).ok()?;
    let standard = data.get("v1")?;
    let taken = TAKEN.iter().filter_map(|(name, of)| {
        let value = standard.get(of)?.as_str()?;
        let is_known = !value.is_empty() && value != "none" && value != "unknown";
        is_known.then(|| ((*name).to_owned(), value.into()))
    });
    let facts: Map<String, Value> = taken.collect();
    (!facts.is_empty()).then_some(Value::Object(facts))
}
