"use strict";
// Colours, and pictures of maps. x runs to the right and y upwards.
const Maps = (() => {
  // classLooks are the colours of the classes, those of the PDF, and a sign for
  // readers who do not see colours.
  const classLooks = {
    grid: { title: "grid", color: "#0072b2", sign: "⬢" },
    conjunctive: { title: "grid + direction", color: "#aa3377", sign: "★" },
    border: { title: "border", color: "#d55e00", sign: "■" },
    head_direction: { title: "head direction", color: "#008563", sign: "▲" },
    none: { title: "other", color: "#8a8a8a", sign: "●" },
  };

  // color returns a colour of a map for t from 0 to 1.
  function color(colormap, t) {
    const k = 3 * Math.min(255, Math.max(0, Math.floor(t * 256)));
    return `rgb(${colormap.table[k]},${colormap.table[k + 1]},${colormap.table[k + 2]})`;
  }

  // paint draws a map of nx × ny bins on a canvas, one pixel a bin. Bins without a value
  // stay clear.
  function paint(canvas, picture, { nx, ny }, colormap) {
    canvas.width = nx;
    canvas.height = ny;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const image = context.createImageData(nx, ny);
    for (let x = 0; x < nx; x++) {
      for (let y = 0; y < ny; y++) {
        const q = picture[x * ny + y];
        if (q === 255) continue;
        const from = 3 * Math.min(255, Math.floor(q / 254 * 256)), to = 4 * ((ny - 1 - y) * nx + x);
        image.data[to] = colormap.table[from];
        image.data[to + 1] = colormap.table[from + 1];
        image.data[to + 2] = colormap.table[from + 2];
        image.data[to + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
  }

  // address returns a map as the address of a picture. A page of a thousand pictures
  // scrolls smoothly where one of a thousand canvases does not.
  const scratch = document.createElement("canvas");
  function address(picture, size, colormap) {
    paint(scratch, picture, size, colormap);
    return scratch.toDataURL();
  }

  return { classLooks, color, address };
})();
