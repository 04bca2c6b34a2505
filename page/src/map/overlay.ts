// The canvas above the map: labels of targets that matter, and the predicted path with its entry.
import { PALETTES } from "./colours";
import type { Theme } from "../session";
import { isRtl } from "../words";
import type { Label, Path, Scene } from "./scene";

type Project = (lat: number, lon: number) => { x: number; y: number };

interface Box {
    x: number;
    y: number;
    width: number;
    height: number;
}

const FONT = '"Noto Sans", "Noto Sans Arabic", system-ui, sans-serif';
const LINE_PX = 15;
const AWAY_PX = 16;

function meets(a: Box, b: Box): boolean {
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

export class Overlay {
    readonly canvas = document.createElement("canvas");
    private readonly context = this.canvas.getContext("2d");

    constructor() {
        this.canvas.className = "map-overlay";
        this.canvas.setAttribute("aria-hidden", "true");
    }

    resize(width: number, height: number): void {
        const ratio = window.devicePixelRatio;
        this.canvas.width = Math.round(width * ratio);
        this.canvas.height = Math.round(height * ratio);
        this.canvas.style.width = `${width}px`;
        this.canvas.style.height = `${height}px`;
        this.context?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }

    draw(scene: Scene, theme: Theme, project: Project): void {
        const context = this.context;
        if (!context) {
            return;
        }
        const ratio = window.devicePixelRatio;
        context.clearRect(0, 0, this.canvas.width / ratio, this.canvas.height / ratio);
        const taken: Box[] = [];
        if (scene.path) {
            this.path(context, scene.path, theme, project, taken);
        }
        for (const label of scene.labels) {
            this.label(context, label, theme, project, taken);
        }
    }

    private path(context: CanvasRenderingContext2D, path: Path, theme: Theme, project: Project, taken: Box[]): void {
        context.save();
        context.lineWidth = 2;
        context.strokeStyle = path.colour;
        context.setLineDash([7, 5]);
        context.beginPath();
        path.points.forEach(({ lat, lon }, index) => {
            const at = project(lat, lon);
            if (index === 0) {
                context.moveTo(at.x, at.y);
            } else {
                context.lineTo(at.x, at.y);
            }
        });
        context.stroke();
        context.setLineDash([]);
        if (path.entry) {
            const at = project(path.entry.lat, path.entry.lon);
            context.fillStyle = PALETTES[theme].textHalo;
            context.lineWidth = 2.5;
            context.beginPath();
            context.arc(at.x, at.y, 6, 0, 2 * Math.PI);
            context.fill();
            context.stroke();
            this.text(context, [path.entry.text], at.x + 12, at.y + 8, theme, true, taken);
        }
        context.restore();
    }

    private label(context: CanvasRenderingContext2D, label: Label, theme: Theme, project: Project, taken: Box[]): void {
        const at = project(label.lat, label.lon);
        context.save();
        context.globalAlpha = label.dim ? 0.4 : 1;
        // Six places are tried around the mark; a label that fits nowhere is left out, the mark stays.
        const height = label.lines.length * LINE_PX;
        const beside: [number, number, boolean][] = [
            [AWAY_PX, -height / 2, false],
            [-AWAY_PX, -height / 2, true],
        ];
        const aslant: [number, number, boolean][] = [
            [AWAY_PX, -height - AWAY_PX / 2, false],
            [AWAY_PX, AWAY_PX / 2, false],
            [-AWAY_PX, -height - AWAY_PX / 2, true],
            [-AWAY_PX, AWAY_PX / 2, true],
        ];
        // The chosen target's path starts at its mark, so its label stays out of the level.
        const places = label.chosen ? [...aslant, ...beside] : [...beside, ...aslant];
        for (const [dx, dy, leftward] of places) {
            if (this.text(context, label.lines, at.x + dx, at.y + dy, theme, label.strong, taken, leftward)) {
                break;
            }
        }
        context.restore();
    }

    private text(
        context: CanvasRenderingContext2D,
        lines: string[],
        x: number,
        y: number,
        theme: Theme,
        strong: boolean,
        taken: Box[],
        leftward = false,
    ): boolean {
        context.direction = isRtl() ? "rtl" : "ltr";
        context.textBaseline = "top";
        context.textAlign = leftward ? "right" : "left";
        const fonts = lines.map((_, index) => `${index === 0 && strong ? 600 : 400} ${index === 0 ? 12.5 : 11.5}px ${FONT}`);
        const widths = lines.map((line, index) => {
            context.font = fonts[index] ?? FONT;
            return context.measureText(line).width;
        });
        const width = Math.max(...widths);
        const box = { x: (leftward ? x - width : x) - 3, y: y - 2, width: width + 6, height: lines.length * LINE_PX + 3 };
        const ratio = window.devicePixelRatio;
        const out = box.x < 0 || box.y < 0 || box.x + box.width > this.canvas.width / ratio;
        if (out || taken.some((other) => meets(other, box))) {
            return false;
        }
        taken.push(box);
        context.lineJoin = "round";
        context.lineWidth = 3.5;
        context.strokeStyle = PALETTES[theme].textHalo;
        context.fillStyle = PALETTES[theme].text;
        lines.forEach((line, index) => {
            context.font = fonts[index] ?? FONT;
            context.strokeText(line, x, y + index * LINE_PX);
            context.fillText(line, x, y + index * LINE_PX);
        });
        return true;
    }
}
