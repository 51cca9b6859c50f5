// The official Node clients against the gateway whose address is the argument.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const gateway = process.argv[2];
const gpt = new OpenAI({ baseURL: `${gateway}/v1`, apiKey: "sk-any", maxRetries: 0 });
const claude = new Anthropic({ baseURL: gateway, apiKey: "sk-ant-any", maxRetries: 0 });

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { type: "function", function: { name: "get_weather", parameters: schema } };
const weather = [{ role: "user", content: "the weather in Paris and London?" }];
const hello = [{ role: "user", content: "hello there" }];
const cut = [{ role: "user", content: "cut this" }];

async function drain(stream) {
  for await (const _ of stream);
}

const checks = {
  async "models are listed"() {
    const ids = [];
    for await (const model of gpt.models.list()) ids.push(model.id);
    assert(ids.includes("offline-rules"));
  },
  async "chat answers, streams and tells tokens"() {
    for (const model of ["default", "claude-sonnet-4-6"]) {
      const answer = await gpt.chat.completions.create({ model, messages: hello });
      assert.equal(answer.choices[0].message.content, "I heard: hello there");
      const stream = await gpt.chat.completions.create({ model, messages: hello, stream: true, stream_options: { include_usage: true } });
      let text = "", usage;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? "";
        usage = chunk.usage ?? usage;
      }
      assert.equal(text.trim(), "I heard: hello there");
      assert(usage.completion_tokens > 0);
    }
  },
  async "tools are called in parallel, in pieces too"() {
    for (const model of ["default", "claude-sonnet-4-6"]) {
      const answer = await gpt.chat.completions.create({ model, messages: weather, tools: [tool] });
      assert.equal(answer.choices[0].message.tool_calls.length, 2);
      const final = await gpt.chat.completions.stream({ model, messages: weather, tools: [tool] }).finalChatCompletion();
      assert.deepEqual(final.choices[0].message.tool_calls.map((call) => JSON.parse(call.function.arguments).city), ["Paris", "London"]);
    }
  },
  async "embeddings come as numbers"() {
    const answer = await gpt.embeddings.create({ model: "hashed-ngram", input: "a text" });
    assert.equal(answer.data[0].embedding.length, 256);
  },
  async "responses answer and stream"() {
    const answer = await gpt.responses.create({ model: "default", input: "hello there" });
    assert.equal(answer.output_text, "I heard: hello there");
    const final = await gpt.responses.stream({ model: "default", input: "hello there" }).finalResponse();
    assert.equal(final.output_text.trim(), "I heard: hello there");
  },
  async "messages answer, stream and call tools"() {
    const tools = [{ name: "get_weather", input_schema: schema }];
    for (const model of ["default", "claude-sonnet-4-6"]) {
      const message = await claude.messages.create({ model, max_tokens: 64, messages: hello });
      assert.equal(message.content[0].text, "I heard: hello there");
      const final = await claude.messages.stream({ model, max_tokens: 64, messages: weather, tools }).finalMessage();
      const uses = final.content.filter((block) => block.type === "tool_use");
      assert.deepEqual(uses.map((use) => use.input.city), ["Paris", "London"]);
    }
  },
  async "tokens are counted"() {
    const { input_tokens } = await claude.messages.countTokens({ model: "claude-sonnet-4-6", messages: hello });
    assert.equal(input_tokens, 1001);
    const estimate = await claude.messages.countTokens({ model: "default", messages: hello }).withResponse();
    assert.equal(estimate.response.headers.get("x-token-count"), "estimate");
    assert(estimate.data.input_tokens > 0);
  },
  async "kept answers come in pieces"() {
    const tools = [{ name: "get_weather", input_schema: schema }];
    for (const model of ["default", "claude-sonnet-4-6"]) {
      const asked = { model, max_tokens: 66, messages: weather, tools };
      const kept = { headers: { "X-Cache": "use" } };
      const first = await claude.messages.create(asked, kept);
      const final = await claude.messages.stream(asked, kept).finalMessage();
      assert.deepEqual(final.content, first.content);
    }
  },
  async "errors are the clients' own"() {
    await assert.rejects(gpt.chat.completions.create({ model: "nobody", messages: hello }), OpenAI.NotFoundError);
    await assert.rejects(gpt.chat.completions.create({ model: "default", messages: [{ role: "user", content: "limit" }] }), OpenAI.RateLimitError);
    await assert.rejects(claude.messages.create({ model: "nobody", max_tokens: 1, messages: hello }), Anthropic.NotFoundError);
    await assert.rejects(async () => drain(await gpt.chat.completions.create({ model: "default", messages: cut, stream: true })));
    await assert.rejects(async () => drain(await claude.messages.create({ model: "default", max_tokens: 9, messages: cut, stream: true })));
  },
};

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`)).version;
for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`node: ${name}`);
}
console.log(`node: openai ${version("openai")}, @anthropic-ai/sdk ${version("@anthropic-ai/sdk")}: ${Object.keys(checks).length} checks`);
