// What the rest of the page may ask of the map, whichever map is there.

export interface MapCommands {
    flyTo: (lat: number, lon: number, zoom: number) => void;
    focus: () => void;
}

const nothing: MapCommands = { flyTo: () => undefined, focus: () => undefined };
export const mapCommands: MapCommands = { ...nothing };

export function provide(commands: MapCommands): void {
    Object.assign(mapCommands, commands);
}
