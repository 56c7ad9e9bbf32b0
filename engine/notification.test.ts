import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNotification } from "./notification.ts";

/** As the Amazon S3 User Guide gives it ("Event message structure"), with values. */
const aws = {
  eventVersion: "2.1",
  eventSource: "aws:s3",
  awsRegion: "us-west-2",
  eventTime: "2026-11-20T08:30:00.123Z",
  eventName: "ObjectCreated:Put",
  userIdentity: { principalId: "AIDAJDPLRKLG7UEXAMPLE" },
  requestParameters: { sourceIPAddress: "203.0.113.7" },
  responseElements: { "x-amz-request-id": "C3D13FE58DE4C810" },
  s3: {
    s3SchemaVersion: "1.0",
    configurationId: "testConfigRule",
    bucket: { name: "plates", ownerIdentity: { principalId: "A3NL1KOZZKExample" }, arn: "arn:aws:s3:::plates" },
    object: {
      key: "raw/red+flower%2Bplate%C3%A9.csv",
      size: 1024,
      eTag: "d41d8cd98f00b204e9800998ecf8427e",
      versionId: "096fKKXTRTtl3on89fVO.nfljtsv6qko",
      sequencer: "0055AED6DCD90281E5",
    },
  },
};
/** As MinIO's bucket notification guide gives it: a key, a name and records. */
const minio = {
  EventName: "s3:ObjectCreated:CompleteMultipartUpload",
  Key: "plates/P1.csv",
  Records: [
    {
      ...aws,
      eventSource: "minio:s3",
      eventName: "s3:ObjectCreated:CompleteMultipartUpload",
      s3: { ...aws.s3, object: { key: "P1.csv", size: 3, eTag: "ab-2", sequencer: "17E2D4A9B3C1F000" } },
    },
  ],
};
const queued = (body: unknown) => ({ MessageId: "m", ReceiptHandle: "r", Body: JSON.stringify(body) });
const published = (body: unknown) => ({ Type: "Notification", TopicArn: "t", Message: JSON.stringify(body) });

describe("a notification", () => {
  it("of AWS is an event with the decoded key", () => {
    expect(readNotification({ Records: [aws] }, 0)).toEqual({
      events: [
        {
          bucket: "plates",
          key: "raw/red flower+plateé.csv",
          type: "ObjectCreated:Put",
          etag: "d41d8cd98f00b204e9800998ecf8427e",
          versionId: "096fKKXTRTtl3on89fVO.nfljtsv6qko",
          sequencer: "0055AED6DCD90281E5",
          sizeBytes: 1024,
          timeMs: Date.parse("2026-11-20T08:30:00.123Z"),
          modifiedMs: null,
          source: "notification",
          replay: null,
        },
      ],
      others: 0,
    });
  });

  it("of MinIO has its type without s3:, and no version", () => {
    const [event] = readNotification(minio, 0).events;
    expect(event).toMatchObject({
      type: "ObjectCreated:CompleteMultipartUpload",
      etag: "ab-2",
      versionId: null,
      sequencer: "17E2D4A9B3C1F000",
    });
  });

  it("may lack an ETag, a version and a sequencer, as those of some stores do", () => {
    const object = { key: "a", size: 1, eTag: null, versionId: null, sequencer: "" };
    const record = { ...aws, eventTime: undefined, s3: { ...aws.s3, object } };
    expect(readNotification({ Records: [record] }, 7).events).toMatchObject([
      { etag: "", versionId: null, sequencer: null, timeMs: 7 },
    ]);
  });

  it("of other events is counted, a test event says nothing", () => {
    const removed = { ...aws, eventName: "s3:ObjectRemoved:Delete", s3: { ...aws.s3, object: { key: "gone" } } };
    expect(readNotification({ Records: [removed, aws] }, 0)).toMatchObject({ events: [{}], others: 1 });
    expect(readNotification({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: "plates" }, 0)).toEqual({
      events: [],
      others: 0,
    });
  });

  it.each([
    ["text", JSON.stringify({ Records: [aws] })],
    ["a message of a queue", queued({ Records: [aws] })],
    ["what receiving from a queue answers", { Messages: [queued({ Records: [aws] })] }],
    ["what a queue hands to a function", { Records: [{ body: JSON.stringify({ Records: [aws] }) }] }],
    ["a topic's notification", published({ Records: [aws] })],
    ["a topic's notification in a queue's message", { Messages: [queued(published({ Records: [aws] }))] }],
  ])("is the same as %s", (_, document) => {
    expect(readNotification(document, 0)).toEqual(readNotification({ Records: [aws] }, 0));
  });

  it("takes several messages together", () => {
    const document = { Messages: [queued({ Records: [aws, aws] }), queued(minio)] };
    expect(readNotification(document, 0).events).toHaveLength(3);
  });

  it("gives any key back that a store may have", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }), (key) => {
        fc.pre(key.isWellFormed());
        const encoded = encodeURIComponent(key).replaceAll("%20", "+");
        const record = { ...aws, s3: { ...aws.s3, object: { key: encoded } } };
        expect(readNotification({ Records: [record] }, 0).events[0]?.key).toBe(key);
      }),
    );
  });
});

describe("what is none", () => {
  it.each([
    ["no JSON", "{", "document is no JSON"],
    ["another document", { hello: 1 }, 'document is neither "Records"'],
    ["a record without an object", { Records: [{ eventName: "ObjectCreated:Put" }] }, "document.Records[0].s3"],
    ["a time that is none", { Records: [{ ...aws, eventTime: "yesterday" }] }, 'eventTime is "yesterday" is no time'],
    [
      "a key that is not encoded",
      { Records: [{ ...aws, s3: { ...aws.s3, object: { key: "50%" } } }] },
      'key is "50%" is not percent-encoded',
    ],
    [
      "a sequencer that is no number",
      { Records: [{ ...aws, s3: { ...aws.s3, object: { ...aws.s3.object, sequencer: "x'; DROP" } } }] },
      "sequencer is expected hexadecimal digits",
    ],
    ["a message without a notification", queued({ hello: 1 }), "document.Body"],
    ["envelopes without end", published(published(published(published(published({ Records: [] }))))), "envelopes"],
    ["more records than a store sends", { Records: Array.from({ length: 1001 }, () => aws) }, "Records"],
    [
      "more records in messages together",
      { Messages: Array.from({ length: 2 }, () => queued({ Records: Array.from({ length: 600 }, () => aws) })) },
      "more than 1000 records",
    ],
  ])("is refused as a whole: %s", (_, document, said) => {
    expect(() => readNotification(document, 0)).toThrow(
      expect.objectContaining({ code: "engine/notification", message: expect.stringContaining(said) }) as Error,
    );
  });

  it("is refused with that error whatever it is, and nothing else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        try {
          expect(readNotification(document, 0).events).toEqual([]);
        } catch (error) {
          expect(error).toMatchObject({ code: "engine/notification" });
        }
      }),
    );
  });
});
