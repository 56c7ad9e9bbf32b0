/** Structures of compounds, in a chunk of its own that a page loads with the first structure it draws. */
import { Molecule } from "openchemlib";
import { type StructureDrawing, structureShapes } from "../model/structure.ts";

/** A compound's structure to draw, with its formula and mass. */
export interface Structure extends StructureDrawing {
  formula: string;
  /** Average mass in g/mol. */
  mass: number;
}

/**
 * The drawing of a structure by OpenChemLib (coordinates by its own inventor, stereo bonds kept).
 * @param smiles "CC(=O)Oc1ccccc1C(=O)O"
 * @throws Error with the parser's words for what is no SMILES
 */
export function structureOf(smiles: string): Structure {
  const molecule = Molecule.fromSmiles(smiles);
  const { formula, relativeWeight } = molecule.getMolecularFormula();
  const options = {
    autoCrop: true,
    autoCropMargin: 6,
    suppressChiralText: true,
    suppressCIPParity: true,
    suppressESR: true,
    noStereoProblem: true,
  };
  const drawn = structureShapes(molecule.toSVG(260, 180, "structure", options));
  return { ...drawn, formula, mass: relativeWeight };
}
