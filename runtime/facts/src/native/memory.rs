//! Memory and swap space.

use chorister_system::memory::{self, Memory};
use serde_json::{Map, Value, json};

use super::size::amounts;

pub(super) fn memory() -> Option<(String, Value)> {
    memory::memory()
        .ok()
        .map(|it| ("memory".to_owned(), shape(&it)))
}

fn shape(memory: &Memory) -> Value {
    let system = amounts(memory.total, memory.available, memory.used());
    let mut facts = Map::new();
    facts.insert("system".to_owned(), system);
    if memory.swap_total > 0 {
        let swap = amounts(memory.swap_total, memory.swap_free, memory.swap_used());
        facts.insert("swap".to_owned(), swap);
    }
    json!(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_amounts_for_people_and_for_programs() {
        let facts = shape(&Memory {
            total: 8_278_167_552,
            available: 6_000_000_000,
            ..Memory::default()
        });
        assert_eq!(facts["system"]["total_bytes"], 8_278_167_552_u64);
        assert_eq!(facts["system"]["total"], "7.71 GiB");
        assert_eq!(facts["system"]["capacity"], "27.52%");
        assert_eq!(facts.get("swap"), None);
    }
}
