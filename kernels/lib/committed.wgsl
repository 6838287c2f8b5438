// The way that the last round's walk took. Needs library `rows`, and nothing from the importer.

struct Committed {
  // Nodes walked, root included; 0 when nothing ran.
  count: u32,
  // Position of the root.
  base: u32,
  node: array<u32, MAX_PATH>,
}
