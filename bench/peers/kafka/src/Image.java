package org.artesian.peer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What the grouping needs of an image event, read in one pass without building a tree.
 *
 * @param experiment the row of the metadata table that its site waits for
 * @param siteKey "experiment/plate/well/site"
 * @param fields the four fields as JSON members, as the site's value begins
 * @param channel what makes the image unique within its site
 */
record Image(String experiment, String siteKey, String fields, String channel) {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonFactory FACTORY = JSON.getFactory();
  private static final String[] NAMES = {"experiment", "plate", "well", "site", "channel"};

  /** Why a record is set aside. */
  static final class Poison extends Exception {
    private static final long serialVersionUID = 1;
    final String code;

    Poison(String code, String message) {
      super(message, null, false, false);
      this.code = code;
    }
  }

  static Image read(byte[] value) throws Poison {
    String[] found = new String[NAMES.length];
    String[] texts = new String[NAMES.length];
    try (JsonParser parser = FACTORY.createParser(value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) throw new Poison("engine/unreadable-record", "not an object");
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        int at = Arrays.asList(NAMES).indexOf(parser.currentName());
        JsonToken token = parser.nextToken();
        if (at < 0) {
          parser.skipChildren();
        } else if (token == JsonToken.VALUE_STRING) {
          found[at] = parser.getText();
          texts[at] = quoted(found[at]);
        } else if (token.isNumeric() || token.isBoolean()) {
          found[at] = token == JsonToken.VALUE_NUMBER_FLOAT ? number(parser.getDoubleValue()) : parser.getText();
          texts[at] = found[at];
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException broken) {
      throw new Poison("engine/unreadable-record", broken.getMessage());
    }
    for (String one : found) if (one == null) throw new Poison("engine/missing-field", "lacks one of " + Arrays.toString(NAMES));
    StringBuilder fields = new StringBuilder(96);
    for (int at = 0; at < 4; at++) fields.append(at == 0 ? "\"" : ",\"").append(NAMES[at]).append("\":").append(texts[at]);
    return new Image(found[0], String.join("/", Arrays.copyOf(found, 4)), fields.toString(), found[4]);
  }

  /** Whether two JSON texts say the same, whatever the order of their fields. */
  static boolean same(byte[] a, byte[] b) {
    if (Arrays.equals(a, b)) return true;
    try {
      JsonNode left = JSON.readTree(a);
      return left.equals(JSON.readTree(b));
    } catch (IOException broken) {
      return false;
    }
  }

  static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A whole number without a fraction: 1.0 and 1 are one site. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : Double.toString(value);
  }
}
