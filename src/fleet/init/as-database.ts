import type { ComposeFact } from "./compose-facts.ts";

/** Ports that are known for one thing. */
const PORTS: ReadonlyMap<number, string> = new Map([
  [1433, "SQL Server"],
  [3306, "MySQL"],
  [5432, "PostgreSQL"],
  [5672, "RabbitMQ"],
  [6379, "Redis"],
  [7687, "Neo4j"],
  [9042, "Cassandra"],
  [9092, "Kafka"],
  [9200, "Elasticsearch"],
  [11_211, "memcached"],
  [27_017, "MongoDB"],
]);

/** What keeps data behind a protocol of its own, by the first of its ports; null: nothing says so. It is no service that is rolled. */
export function asDatabase({ ports }: ComposeFact): string | null {
  const [first] = ports;
  const known = first === undefined ? undefined : PORTS.get(first.target);
  return known === undefined ? null : `its port ${first?.target} is ${known}'s`;
}
