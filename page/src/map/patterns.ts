// Zone kinds by pattern as well as by hue: small pictures drawn here and repeated over the fill.
import type { ZoneKind } from "../api";
import type { Palette } from "./colours";

const SIZE_PX = 16;

type Draw = (context: CanvasRenderingContext2D) => void;

function line(context: CanvasRenderingContext2D, ax: number, ay: number, bx: number, by: number): void {
    context.beginPath();
    context.moveTo(ax, ay);
    context.lineTo(bx, by);
    context.stroke();
}

const rising: Draw = (context) => {
    line(context, -4, SIZE_PX + 4, SIZE_PX + 4, -4);
    line(context, -4, 4, 4, -4);
    line(context, SIZE_PX - 4, SIZE_PX + 4, SIZE_PX + 4, SIZE_PX - 4);
};
const falling: Draw = (context) => {
    line(context, -4, -4, SIZE_PX + 4, SIZE_PX + 4);
    line(context, SIZE_PX - 4, -4, SIZE_PX + 4, 4);
    line(context, -4, SIZE_PX - 4, 4, SIZE_PX + 4);
};
const dots: Draw = (context) => {
    for (const at of [4, 12]) {
        context.fillRect(at - 1, at - 1, 2, 2);
    }
};
const nothing: Draw = () => undefined;

const DRAW: Record<ZoneKind, Draw> = {
    safe: nothing,
    corridor: nothing,
    controlled: nothing,
    no_fly: rising,
    restricted: falling,
    danger: dots,
    notice: dots,
    prohibited: (context) => {
        rising(context);
        falling(context);
    },
};

export function patterns(palette: Palette): [string, ImageData][] {
    const canvas = document.createElement("canvas");
    canvas.width = SIZE_PX;
    canvas.height = SIZE_PX;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) {
        return [];
    }
    return (Object.keys(DRAW) as ZoneKind[]).map((kind) => {
        context.clearRect(0, 0, SIZE_PX, SIZE_PX);
        context.strokeStyle = palette.kind[kind];
        context.fillStyle = palette.kind[kind];
        context.lineWidth = 1;
        DRAW[kind](context);
        return [`zone-${kind}`, context.getImageData(0, 0, SIZE_PX, SIZE_PX)];
    });
}
