// The basemap's data files: packed at build, unpacked here, each read once and only when needed.

declare const __PLACES__: string;
declare const __COUNTRIES__: string;
declare const __ATLAS_50M__: string;
declare const __ATLAS_10M__: string;

export interface Place {
    name: string;
    country: string;
    lat: number;
    lon: number;
    population: number;
    capital: boolean;
}

export interface Country {
    code: string;
    en: string;
    ar: string;
    lat: number;
    lon: number;
    area: number;
}

interface PackedPlaces {
    name: string[];
    country: string[];
    lat_e4: number[];
    lon_e4: number[];
    population: number[];
    capital: number[];
}

interface PackedCountry {
    code: string;
    en: string;
    ar: string;
    lat_e4: number;
    lon_e4: number;
    area: number;
}

export type Detail = "50m" | "10m";

async function unpack<T>(path: string): Promise<T> {
    const answer = await fetch(path);
    if (!answer.ok || !answer.body) {
        throw new Error(`${path}: HTTP ${answer.status}`);
    }
    const plain = answer.body.pipeThrough(new DecompressionStream("gzip"));
    return (await new Response(plain).json()) as T;
}

let places: Promise<Place[]> | null = null;
let countries: Promise<Country[]> | null = null;

export function loadPlaces(): Promise<Place[]> {
    places ??= unpack<PackedPlaces>(__PLACES__).then((packed) => {
        const capitals = new Set(packed.capital);
        return packed.name.map((name, index) => ({
            name,
            country: packed.country[index] ?? "",
            lat: (packed.lat_e4[index] ?? 0) / 1e4,
            lon: (packed.lon_e4[index] ?? 0) / 1e4,
            population: packed.population[index] ?? 0,
            capital: capitals.has(index),
        }));
    });
    return places;
}

export function loadCountries(): Promise<Country[]> {
    countries ??= unpack<PackedCountry[]>(__COUNTRIES__).then((packed) =>
        packed.map(({ lat_e4, lon_e4, ...rest }) => ({ ...rest, lat: lat_e4 / 1e4, lon: lon_e4 / 1e4 })),
    );
    return countries;
}

export function loadAtlas<T>(detail: Detail): Promise<T> {
    return unpack<T>({ "50m": __ATLAS_50M__, "10m": __ATLAS_10M__ }[detail]);
}
