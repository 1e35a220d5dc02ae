() => {
  const parse = (text) => {
    const found = text.match(/[\d.]+/g).map(Number);
    return found.length > 3 && found[3] === 0 ? null : found;
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  const texts = "h1, h2, h3, p, td, th, dt, dd, code, caption, figcaption, li, summary, button, svg text";
  for (const element of document.querySelectorAll(texts)) {
    if (!element.checkVisibility() || !element.textContent.trim()) continue;
    if (element.getAttribute("aria-disabled") === "true") continue;
    const style = getComputedStyle(element);
    const ink = element.closest("svg") ? style.fill : style.color;
    // Text in a drawing stands on its bar or box, drawn just before it.
    const rect = element.closest("g")?.querySelector("rect");
    const back = rect ? parse(getComputedStyle(rect).fill) : ground(element);
    const [a, b] = [light(parse(ink)), light(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName} ${ratio.toFixed(2)}: ${element.textContent.slice(0, 40)}`);
  }
  return found;
}
