import { readCsv, tableOf } from "@artesian/data";
import { expect, test } from "vitest";
import { readLoadData } from "./load-data.ts";

test("a JUMP-like list gives plate, well, site and the images, without the illumination functions", () => {
  const csv = [
    "FileName_OrigDNA,PathName_OrigDNA,FileName_OrigER,PathName_OrigER,FileName_IllumDNA,PathName_IllumDNA,Metadata_Plate,Metadata_Well,Metadata_Site",
    "r01c01f02p01-ch5sk1fk1fl1.tiff,/images/P1/,r01c01f02p01-ch2sk1fk1fl1.tiff,/images/P1,P1_IllumDNA.npy,/illum,P1,A01,2",
  ].join("\n");
  expect(readLoadData(readCsv(csv))).toEqual([
    {
      plate: "P1",
      well: "A01",
      site: 2,
      images: [
        { channel: "DNA", location: "/images/P1/r01c01f02p01-ch5sk1fk1fl1.tiff" },
        { channel: "ER", location: "/images/P1/r01c01f02p01-ch2sk1fk1fl1.tiff" },
      ],
    },
  ]);
});

test("URLs win over paths, rows and columns may be numbers, and the Image_ of exported tables does not matter", () => {
  const csv =
    "Image_URL_GFP,Image_FileName_GFP,Image_Metadata_Row,Image_Metadata_Col,Image_Metadata_Field\ns3://b/x.tif,x.tif,3,5,7\n";
  expect(readLoadData(readCsv(csv))).toEqual([
    { well: "C05", site: 7, images: [{ channel: "GFP", location: "s3://b/x.tif" }] },
  ]);
});

test("Windows folders keep their separator, a missing file is left out, and a list without sites has site 1", () => {
  const csv = "FileName_A,PathName_A,FileName_B,PathName_B,Metadata_Well\na.tif,D:\\plate,,D:\\plate,b2\n";
  expect(readLoadData(readCsv(csv))).toEqual([
    { well: "B02", site: 1, images: [{ channel: "A", location: "D:\\plate\\a.tif" }] },
  ]);
});

test("what is missing is an error that names list and row", () => {
  const code = "imaging/load-data";
  expect(() => readLoadData(tableOf([]), "list.csv")).toThrow(expect.objectContaining({ code, source: "list.csv" }));
  expect(() => readLoadData(readCsv("FileName_A\na.tif\n"))).toThrow(expect.objectContaining({ code, row: 1 }));
  expect(() => readLoadData(readCsv("FileName_A,Metadata_Well\na.tif,A01\nb.tif,Z99\n"))).toThrow(
    expect.objectContaining({ code, row: 2, problem: '"Z99" is not a well' }),
  );
  expect(() => readLoadData(readCsv("FileName_A,Metadata_Well,Metadata_Site\na.tif,A01,0\n"))).toThrow("site 0");
});
