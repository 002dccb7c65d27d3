// Validates Kubernetes objects by the schemas of kubernetes-models, which are compiled functions that do not mind unknown fields.
// Those are found by what a schema never looks at: each object is handed to it in a proxy that takes down which fields are read.
//
//   node validate.mjs FOLDER-OF-node_modules <OBJECTS.json     writes a list of problems for each object
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";

const modules = path.resolve(process.argv[2]);
const require = createRequire(path.join(modules, "x"));

function schema_of(object) {
	const kind = String(object?.kind), version = String(object?.apiVersion);
	if (!/^[A-Za-z]+$/.test(kind) || !/^[a-z0-9./]+$/.test(version))
		return null;
	const [group, number] = version.includes("/") ? version.split("/") : ["core", version];
	const camel = (text) => text.split(".").map((part) => part[0].toUpperCase() + part.slice(1)).join("");
	const inside = path.join(modules, "kubernetes-models", "_schemas",
		`IoK8sApi${camel(group.replace(/\.k8s\.io$/, ""))}${camel(number)}${kind}.js`);
	const operator = path.join(modules, "@kubernetes-models", "prometheus-operator", "_schemas",
		`${camel(group)}${camel(number)}${kind}.js`);
	const found = [inside, operator].find((file) => fs.existsSync(file));
	return found ? require(found).validate : null;
}

function watch(value, seen) {
	if (value === null || typeof value !== "object")
		return value;
	const record = { read: new Set(), inner: new Map(), looked_into: false };
	seen.set(value, record);
	return new Proxy(value, {
		get(target, name) {
			if (typeof name !== "string")
				return target[name];
			record.looked_into = true;
			if (!Object.hasOwn(target, name))
				return target[name];
			record.read.add(name);
			if (!record.inner.has(name))
				record.inner.set(name, watch(target[name], seen));
			return record.inner.get(name);
		},
	});
}

function unknown(value, seen, where, problems) {
	if (value === null || typeof value !== "object")
		return;
	const record = seen.get(value);
	// An object that no schema looked into at all is one that may hold anything.
	if (!record?.looked_into)
		return;
	for (const name of Object.keys(value))
		if (record.read.has(name))
			unknown(value[name], seen, `${where}/${name}`, problems);
		else
			problems.push(`${where}/${name}: unknown`);
}

function problems_of(object) {
	const validate = schema_of(object);
	if (!validate)
		return [`no schema of ${object?.apiVersion} ${object?.kind}`];
	const seen = new Map(), problems = [];
	const watched = watch(object, seen);
	if (!validate(watched))
		for (const error of validate.errors)
			problems.push(`${error.instancePath}: ${error.keyword} ${JSON.stringify(error.params)}`);
	unknown(object, seen, "", problems);
	return problems;
}

const objects = JSON.parse(fs.readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(objects.map(problems_of)));
