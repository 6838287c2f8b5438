// Moves the keys and values of the committed nodes to where their positions lie: for i from 1 to count - 1,
// row base + i of each layer becomes row base + node[i]
//
// committed  Committed                   read
// cache      [L, S, SIZE] bits           read, write   (L: keys and values of each layer)
//
// Nodes ascend and node[i] >= i, so moving in order overwrites nothing that is still wanted.
//
// grid: (ceil(SIZE/WG), L). Constants, in words of 8 bytes: SIZE of a slot, STRIDE of a part.
// CPU twin: tests/reference/kv_commit.ts

#import committed
#import rows

const WG = 64u;

@group(0) @binding(0) var<storage, read> committed: Committed;
@group(0) @binding(1) var<storage, read_write> cache: array<vec2u>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  let column = wid.x * WG + lid.x;
  if column >= SIZE { return; }
  let first = wid.y * STRIDE + committed.base * SIZE + column;
  for (var i = 1u; i < committed.count; i++) {
    if committed.node[i] != i { cache[first + i * SIZE] = cache[first + committed.node[i] * SIZE]; }
  }
}
