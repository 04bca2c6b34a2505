// A few lines in place of a framework: make an element, set what changed, keep a list by key.

type Child = Node | string | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: Event) => void)>;

function apply(element: Element, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") {
            element.addEventListener(name.slice(2), value);
        } else if (value === null || value === undefined || value === false) {
            element.removeAttribute(name);
        } else {
            element.setAttribute(name, value === true ? "" : String(value));
        }
    }
}

export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): HTMLElementTagNameMap[K] {
    const element = document.createElement(tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

export function svg<K extends keyof SVGElementTagNameMap>(
    tag: K,
    attributes: Attributes = {},
    ...children: Child[]
): SVGElementTagNameMap[K] {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

function append(element: Element, children: Child[]): void {
    for (const child of children) {
        if (child !== null && child !== undefined && child !== false) {
            element.append(child);
        }
    }
}

export function fill(element: Element, ...children: Child[]): void {
    element.textContent = "";
    append(element, children);
}

// Writing the same text again would make screen readers repeat it and the browser lay out again.
export function setText(element: Element, text: string): void {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

export function setAttribute(element: Element, name: string, value: string | null): void {
    if (value === null) {
        if (element.hasAttribute(name)) {
            element.removeAttribute(name);
        }
    } else if (element.getAttribute(name) !== value) {
        element.setAttribute(name, value);
    }
}

export function setHidden(element: HTMLElement, hidden: boolean): void {
    if (element.hidden !== hidden) {
        element.hidden = hidden;
    }
}

// Puts the wanted elements into the parent in order, moving only those that are out of place, so
// that focus, hover and animations of the others go on.
export function arrange(parent: Element, wanted: Element[]): void {
    const keep = new Set(wanted);
    for (const child of [...parent.children]) {
        if (!keep.has(child)) {
            child.remove();
        }
    }
    let at = parent.firstElementChild;
    for (const element of wanted) {
        if (element === at) {
            at = at.nextElementSibling;
        } else {
            parent.insertBefore(element, at);
        }
    }
}

export function icon(path: string, size = 18): SVGSVGElement {
    return svg(
        "svg",
        { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false", class: "icon" },
        svg("path", { d: path }),
    );
}

export function isTyping(): boolean {
    const active = document.activeElement;
    return (
        (active instanceof HTMLInputElement && active.type !== "range") ||
        active instanceof HTMLTextAreaElement ||
        active instanceof HTMLSelectElement
    );
}

// Replaces only what differs, child by child, so that what did not change keeps its focus, its
// selected text and its place.
export function renew(parent: Element, wanted: Node[]): void {
    const old = [...parent.childNodes];
    wanted.forEach((node, index) => {
        const was = old[index];
        if (!was) {
            parent.append(node);
        } else if (!was.isEqualNode(node)) {
            was.replaceWith(node);
        }
    });
    for (const extra of old.slice(wanted.length)) {
        extra.remove();
    }
}
