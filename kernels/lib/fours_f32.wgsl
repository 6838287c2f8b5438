// Four elements side by side, as they are stored: f32.

alias Four = vec4f;

fn values4(four: Four) -> vec4f { return four; }

fn four_of(values: vec4f) -> Four { return values; }
