import { mapApplication } from "./map-application.ts";

const app = await mapApplication();
console.log(app.url);
process.on("SIGTERM", () => void app.stop().then(() => process.exit(0)));
