import { Link } from "wouter";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Empty } from "../ui/states.tsx";

const ABOUT = "This address leads to no page.";

/** An address that leads nowhere. */
export default function NotFoundPage() {
  usePage([{ label: "Not found" }], ABOUT);
  return (
    <Card>
      <Empty title="There is no page at this address">
        <p>
          Ctrl K finds any experiment, plate, well or run by name;{" "}
          <Link className="link" href="/">
            Home
          </Link>{" "}
          lists what is new.
        </p>
      </Empty>
    </Card>
  );
}
