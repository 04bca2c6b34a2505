// Our own point layer: every target an arrowhead turned by its track, with a fading trail. Positions
// are kept relative to an anchor so that single floats stay exact to centimetres when zoomed in.
import { MercatorCoordinate, type CustomLayerInterface, type CustomRenderMethodInput } from "maplibre-gl";

export const SHAPE_HOLLOW = 1;
export const SHAPE_DISC = 2;
export const SHAPE_RING = 4;

export interface Mark {
    lat: number;
    lon: number;
    angle_deg: number;
    size_px: number;
    colour: [number, number, number, number];
    shape: number;
}

export interface TrailMark {
    points: { lat: number; lon: number; strength: number }[];
    colour: [number, number, number, number];
}

const FLOATS_PER_MARK = 9;
const FLOATS_PER_TRAIL_POINT = 6;

const MARK_VERTEX = `#version 300 es
in vec2 a_at; in float a_angle; in float a_size; in vec4 a_colour; in float a_shape;
uniform mat4 u_matrix; uniform float u_ratio; uniform float u_bearing;
out vec4 v_colour; flat out int v_shape; out vec2 v_turn; out float v_size;
void main() {
    gl_Position = u_matrix * vec4(a_at, 0.0, 1.0);
    gl_PointSize = a_size * u_ratio;
    v_colour = a_colour; v_shape = int(a_shape + 0.5); v_size = a_size * u_ratio;
    float turn = radians(a_angle - u_bearing);
    v_turn = vec2(cos(turn), sin(turn));
}`;

// The arrowhead is symmetric, so one side is enough: below the edge from tip to corner and above
// the edge from corner to notch. The greater of both distances is the distance to the outline.
const MARK_FRAGMENT = `#version 300 es
precision highp float;
in vec4 v_colour; flat in int v_shape; in vec2 v_turn; in float v_size;
uniform vec3 u_halo;
out vec4 o_colour;
float edge(vec2 p, vec2 a, vec2 b) { vec2 d = normalize(b - a); return dot(p - a, vec2(d.y, -d.x)); }
void main() {
    vec2 p = (gl_PointCoord - 0.5) * 2.0;
    vec2 q = vec2(p.x * v_turn.x + p.y * v_turn.y, p.y * v_turn.x - p.x * v_turn.y);
    float scale = (v_shape & 4) != 0 ? 1.55 : 1.0;
    vec2 s = vec2(abs(q.x), q.y) * scale;
    float d = (v_shape & 2) != 0
        ? length(s) - 0.42
        : max(edge(s, vec2(0.0, -0.80), vec2(0.62, 0.66)), edge(s, vec2(0.62, 0.66), vec2(0.0, 0.36)));
    float pixel = 2.0 / v_size * scale;
    float inside = clamp(0.5 - d / pixel, 0.0, 1.0);
    float halo = clamp(0.5 - (d - pixel * 1.4) / pixel, 0.0, 1.0);
    if ((v_shape & 1) != 0) {
        inside *= clamp(0.5 + (d + pixel * 1.7) / pixel, 0.0, 1.0);
    }
    float alpha = max(inside, halo * 0.85);
    vec3 colour = mix(u_halo, v_colour.rgb, inside);
    if ((v_shape & 4) != 0) {
        float ringPixel = 2.0 / v_size;
        float ring = clamp(1.2 - abs(length(p) - 0.86) / ringPixel, 0.0, 1.0);
        colour = mix(colour, v_colour.rgb, ring);
        alpha = max(alpha, ring);
    }
    alpha *= v_colour.a;
    if (alpha < 0.01) discard;
    o_colour = vec4(colour * alpha, alpha);
}`;

const TRAIL_VERTEX = `#version 300 es
in vec2 a_at; in vec4 a_colour; uniform mat4 u_matrix; out vec4 v_colour;
void main() { gl_Position = u_matrix * vec4(a_at, 0.0, 1.0); v_colour = a_colour; }`;
const TRAIL_FRAGMENT = `#version 300 es
precision highp float; in vec4 v_colour; out vec4 o_colour;
void main() { o_colour = vec4(v_colour.rgb * v_colour.a, v_colour.a); }`;

interface Program {
    program: WebGLProgram;
    array: WebGLVertexArrayObject;
    buffer: WebGLBuffer;
    count: number;
}

function compile(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
    const program = gl.createProgram();
    for (const [type, text] of [
        [gl.VERTEX_SHADER, vertex],
        [gl.FRAGMENT_SHADER, fragment],
    ] as const) {
        const shader = gl.createShader(type);
        if (!shader) {
            throw new Error("no shader");
        }
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
            throw new Error(gl.getShaderInfoLog(shader) ?? "shader");
        }
        gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
        throw new Error(gl.getProgramInfoLog(program) ?? "program");
    }
    return program;
}

function build(gl: WebGL2RenderingContext, vertex: string, fragment: string, fields: [string, number][]): Program {
    const program = compile(gl, vertex, fragment);
    const array = gl.createVertexArray();
    const buffer = gl.createBuffer();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    const stride = fields.reduce((sum, [, size]) => sum + size, 0) * 4;
    let offset = 0;
    for (const [name, size] of fields) {
        const at = gl.getAttribLocation(program, name);
        gl.enableVertexAttribArray(at);
        gl.vertexAttribPointer(at, size, gl.FLOAT, false, stride, offset);
        offset += size * 4;
    }
    gl.bindVertexArray(null);
    return { program, array, buffer, count: 0 };
}

export class TargetLayer implements CustomLayerInterface {
    readonly id = "targets";
    readonly type = "custom" as const;
    readonly renderingMode = "2d" as const;
    private marks: Program | null = null;
    private trails: Program | null = null;
    private anchor: [number, number] = [0, 0];
    private waiting: { marks: Float32Array; trails: Float32Array } | null = null;
    private halo: [number, number, number] = [0, 0, 0];

    constructor(private readonly bearing_deg: () => number) {}

    onAdd(_map: unknown, gl: WebGL2RenderingContext): void {
        this.marks = build(gl, MARK_VERTEX, MARK_FRAGMENT, [
            ["a_at", 2],
            ["a_angle", 1],
            ["a_size", 1],
            ["a_colour", 4],
            ["a_shape", 1],
        ]);
        this.trails = build(gl, TRAIL_VERTEX, TRAIL_FRAGMENT, [
            ["a_at", 2],
            ["a_colour", 4],
        ]);
    }

    onRemove(): void {
        this.marks = null;
        this.trails = null;
    }

    set(marks: Mark[], trails: TrailMark[], anchor: { lat: number; lon: number }, halo: [number, number, number]): void {
        const origin = MercatorCoordinate.fromLngLat([anchor.lon, anchor.lat]);
        this.anchor = [origin.x, origin.y];
        this.halo = halo;
        const place = (lat: number, lon: number): [number, number] => {
            const at = MercatorCoordinate.fromLngLat([lon, lat]);
            return [at.x - origin.x, at.y - origin.y];
        };
        const markData = new Float32Array(marks.length * FLOATS_PER_MARK);
        marks.forEach((mark, index) => {
            const at = place(mark.lat, mark.lon);
            markData.set([...at, mark.angle_deg, mark.size_px, ...mark.colour, mark.shape], index * FLOATS_PER_MARK);
        });
        const segments = trails.reduce((sum, trail) => sum + Math.max(0, trail.points.length - 1), 0);
        const trailData = new Float32Array(segments * 2 * FLOATS_PER_TRAIL_POINT);
        let offset = 0;
        for (const trail of trails) {
            let last: number[] | null = null;
            for (const point of trail.points) {
                const [r, g, b, a] = trail.colour;
                const now = [...place(point.lat, point.lon), r, g, b, a * point.strength];
                if (last) {
                    trailData.set(last, offset);
                    trailData.set(now, offset + FLOATS_PER_TRAIL_POINT);
                    offset += 2 * FLOATS_PER_TRAIL_POINT;
                }
                last = now;
            }
        }
        this.waiting = { marks: markData, trails: trailData };
    }

    render(gl: WebGL2RenderingContext, options: CustomRenderMethodInput): void {
        if (!this.marks || !this.trails) {
            return;
        }
        if (this.waiting) {
            this.upload(gl, this.marks, this.waiting.marks, FLOATS_PER_MARK);
            this.upload(gl, this.trails, this.waiting.trails, FLOATS_PER_TRAIL_POINT);
            this.waiting = null;
        }
        const matrix = this.moved(options.defaultProjectionData.mainMatrix as unknown as ArrayLike<number>);
        gl.disable(gl.DEPTH_TEST);
        gl.disable(gl.STENCIL_TEST);
        gl.enable(gl.BLEND);
        gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
        this.draw(gl, this.trails, matrix, gl.LINES);
        this.draw(gl, this.marks, matrix, gl.POINTS);
        gl.bindVertexArray(null);
    }

    private upload(gl: WebGL2RenderingContext, into: Program, data: Float32Array, size: number): void {
        gl.bindBuffer(gl.ARRAY_BUFFER, into.buffer);
        gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
        into.count = data.length / size;
    }

    // matrix × translation to the anchor, in doubles.
    private moved(matrix: ArrayLike<number>): Float32Array {
        const [x, y] = this.anchor;
        const out = new Float32Array(16);
        for (let i = 0; i < 16; i++) {
            out[i] = matrix[i] ?? 0;
        }
        for (let row = 0; row < 4; row++) {
            out[12 + row] = (matrix[row] ?? 0) * x + (matrix[4 + row] ?? 0) * y + (matrix[12 + row] ?? 0);
        }
        return out;
    }

    private draw(gl: WebGL2RenderingContext, what: Program, matrix: Float32Array, mode: number): void {
        if (what.count === 0) {
            return;
        }
        gl.useProgram(what.program);
        gl.bindVertexArray(what.array);
        gl.uniformMatrix4fv(gl.getUniformLocation(what.program, "u_matrix"), false, matrix);
        gl.uniform1f(gl.getUniformLocation(what.program, "u_ratio"), window.devicePixelRatio);
        gl.uniform1f(gl.getUniformLocation(what.program, "u_bearing"), this.bearing_deg());
        gl.uniform3fv(gl.getUniformLocation(what.program, "u_halo"), this.halo);
        gl.drawArrays(mode, 0, what.count);
    }
}
