// What CPython 3.14 sees in the files of a folder, as JSON on stdout. Called by oracle.py:
// node newer.mjs NODE BENCH FOLDER    where npm installed pyodide, where tree.py is, what is read
import path from "node:path";
import { pathToFileURL } from "node:url";

const [node, bench, folder] = process.argv.slice(2).map((place) => path.resolve(place));
const { loadPyodide } = await import(pathToFileURL(`${node}/node_modules/pyodide/pyodide.mjs`));
const python = await loadPyodide();
python.mountNodeFS("/bench", bench);
python.mountNodeFS("/sources", folder);
process.stdout.write(
  python.runPython(`
import json, pathlib, sys
sys.path.insert(0, "/bench")
sys.dont_write_bytecode = True
import tree

def seen(path):
    try:
        one = tree.read(path.read_bytes())
    except (SyntaxError, UnicodeDecodeError, LookupError, ValueError, RecursionError) as error:
        return {"error": str(error)}
    return {"found": one.found, "doc": one.doc}

top = pathlib.Path("/sources")
files = {path.relative_to(top).as_posix(): seen(path) for path in top.rglob("*.py*") if path.suffix in (".py", ".pyi")}
json.dumps({"version": sys.version.split()[0], "files": files})
`),
);
