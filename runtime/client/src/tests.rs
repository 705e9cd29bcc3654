//! Pure parts by their properties; the rest with real nodes and a real broker between.

mod files;
mod liar;
mod network;
mod pure;
mod site;
