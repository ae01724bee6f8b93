//! THE list of sources. Adding one is a folder with its code, fixtures and `doc.md`, and one line
//! here, in alphabetical order.

use crate::imports::Format;
use crate::spec::ConnectorSpec;

/// Every importable format.
pub const FORMATS: &[&dyn Format] = &[
    &crate::imports::csv::MappedCsv,                // csv.mapped
    &crate::imports::kubernetes::KubernetesObjects, // kubernetes.objects
    &crate::imports::windows::WindowsServices,      // windows.services
    &crate::imports::windows::WindowsTasks,         // windows.tasks
];

/// Sources that are not imports.
pub const SCANNERS: &[&ConnectorSpec] = &[
    &crate::imports::drive::SPEC,           // import
    &crate::imports::kubernetes::MANIFESTS, // kubernetes.manifests
];

/// Every kind of source, in alphabetical order of id.
pub fn specs() -> Vec<&'static ConnectorSpec> {
    let mut specs: Vec<_> = FORMATS
        .iter()
        .map(|format| format.spec())
        .chain(SCANNERS.iter().copied())
        .collect();
    specs.sort_by_key(|spec| spec.id);
    specs
}

/// Finds a kind of source by its id.
pub fn spec(id: &str) -> Option<&'static ConnectorSpec> {
    specs().into_iter().find(|spec| spec.id == id)
}
