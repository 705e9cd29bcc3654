//! What can be known of resources without a look at the system.

use chorister_yaml::Entry;

use crate::load::Place;
use crate::model::Resource;

/// Checks one resource.
pub(crate) fn resource(_place: &mut Place<'_, '_>, _resource: &Resource, _entry: &Entry) {}
