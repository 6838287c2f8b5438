// Moves the keys and values of the committed nodes to where their positions lie: for i from 1 to count - 1,
// row base + i of each layer becomes row base + node[i]
//
// committed  Committed                   read
// cache      [L, S, SIZE] Elem           read, write   (L: keys and values of each layer)
//
// Nodes ascend and node[i] >= i, so moving in order overwrites nothing that is still wanted.
//
// grid: (ceil(SIZE/4/WG), L). Constants: SIZE = G*E, STRIDE = S * SIZE. CPU twin: tests/reference/kv_commit.ts

#import committed
#import rows

const WG = 64u;

@group(0) @binding(0) var<storage, read> committed: Committed;
@group(0) @binding(1) var<storage, read_write> cache: array<vec4<Elem>>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let column = wid.x * WG + lid.x;
  if column >= SIZE / 4u { return; }
  let first = wid.y * (STRIDE / 4u) + committed.base * (SIZE / 4u) + column;
  for (var i = 1u; i < committed.count; i++) {
    if committed.node[i] != i { cache[first + i * (SIZE / 4u)] = cache[first + committed.node[i] * (SIZE / 4u)]; }
  }
}
