"""Stand-ins for OpenAI and Anthropic: the same bytes on the wire, with answers that depend on the last thing said.

Prints the port it listens on. Texts with a meaning: "weather" with tools calls two of them at once, "limit" is answered 429, "cut"
breaks the stream off, "slow" waits before the first token, "json" with a schema gives JSON.
"""

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OPENAI_KEY = "Bearer sk-of-the-gateway"
ANTHROPIC_KEY = "sk-ant-of-the-gateway"


def text_of(content):
    if isinstance(content, str):
        return content
    return " ".join(part.get("text") or part["type"] for part in content or [])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "x-deadline-ms" in self.headers:
            return self.refuse(400, "invalid_request_error", "x-deadline-ms is none of ours")
        routes = {
            "/v1/chat/completions": self.chat,
            "/v1/embeddings": self.embeddings,
            "/v1/responses": self.respond,
            "/v1/messages": self.messages,
            "/v1/messages/count_tokens": self.count,
        }
        routes[self.path.split("?")[0]](body)

    # --- what goes out

    def whole(self, status, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("content-type", "application/json"), ("content-length", str(len(data))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, kind, message, headers=(), code=None):
        error = {"message": message, "type": kind, "param": None, "code": code}
        self.whole(status, {"error": error}, headers)

    def begin_events(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def piece(self, text):
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end_events(self):
        self.wfile.write(b"0\r\n\r\n")

    # --- OpenAI

    def chat(self, body):
        said = text_of(body["messages"][-1].get("content"))
        if "limit" in said:
            message = "Rate limit reached for gpt-4.1-mini"
            return self.refuse(429, "tokens", message, [("retry-after", "7")], "rate_limit_exceeded")
        if "slow" in said:
            time.sleep(1.0)
        message, reason = self.chat_message(body, said)
        usage = {
            "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }
        if body.get("stream"):
            return self.chat_stream(body, message, reason, usage, cut="cut" in said)
        choice = {"index": 0, "message": {**message, "refusal": None, "annotations": []}, "logprobs": None, "finish_reason": reason}
        self.whole(200, {
            "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG", "object": "chat.completion", "created": 1741570283,
            "model": body["model"] + "-2025-04-14", "choices": [choice], "usage": usage, "service_tier": "default",
            "system_fingerprint": "fp_fc9f1d7035",
        })

    def chat_message(self, body, said):
        last = body["messages"][-1]
        if body.get("tools") and last["role"] != "tool" and "weather" in said:
            function = body["tools"][0]["function"]["name"]
            calls = [
                {"id": f"call_{city}", "type": "function", "function": {"name": function, "arguments": json.dumps({"city": city})}}
                for city in ("Paris", "London")
            ]
            return {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls"
        if (body.get("response_format") or {}).get("type") == "json_schema":
            return {"role": "assistant", "content": json.dumps({"city": "Paris", "degrees": 21})}, "stop"
        observed = [text_of(message["content"]) for message in body["messages"] if message["role"] == "tool"]
        return {"role": "assistant", "content": "I heard: " + (" and ".join(observed) or said)}, "stop"

    def chat_stream(self, body, message, reason, usage, cut):
        self.begin_events()

        def chunk(choices, **more):
            base = {"id": "chatcmpl-123", "object": "chat.completion.chunk", "created": 1694268190, "model": body["model"], "system_fingerprint": "fp_44709d6fcb"}
            self.piece("data: " + json.dumps({**base, "choices": choices, **more}) + "\n\n")

        def delta(delta, reason=None):
            chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}])

        delta({"role": "assistant", "content": "" if message["content"] else None, "refusal": None})
        for word in (message["content"] or "").split(" "):
            if word:
                delta({"content": word + " "})
                if cut:
                    self.close_connection = True
                    return
        for index, call in enumerate(message.get("tool_calls", [])):
            delta({"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": {"name": call["function"]["name"], "arguments": ""}}]})
            arguments = call["function"]["arguments"]
            for part in (arguments[:5], arguments[5:]):
                delta({"tool_calls": [{"index": index, "function": {"arguments": part}}]})
        delta({}, reason)
        if (body.get("stream_options") or {}).get("include_usage"):
            chunk([], usage=usage)
        self.piece("data: [DONE]\n\n")
        self.end_events()

    def embeddings(self, body):
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [{"object": "embedding", "index": i, "embedding": [0.5, -0.25, float(len(text))]} for i, text in enumerate(texts)]
        self.whole(200, {"object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 8, "total_tokens": 8}})

    def respond(self, body):
        if body["model"] != "m":
            return self.refuse(404, "invalid_request_error", "no such model", code="model_not_found")
        part = {"type": "output_text", "text": "native: " + str(body["input"]), "annotations": [], "logprobs": []}
        item = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part]}
        usage = {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 4, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 7}
        response = {
            "id": "resp_1", "object": "response", "created_at": 1741476542, "status": "completed", "error": None, "incomplete_details": None,
            "instructions": None, "model": "m", "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": usage,
        }
        self.whole(200, response)

    # --- Anthropic

    def messages(self, body):
        if self.headers.get("x-api-key") != ANTHROPIC_KEY or "anthropic-version" not in self.headers:
            error = {"type": "authentication_error", "message": "invalid x-api-key"}
            return self.whole(401, {"type": "error", "error": error, "request_id": "req_1"})
        last = body["messages"][-1]["content"]
        said = text_of(last)
        if "limit" in said:
            error = {"type": "rate_limit_error", "message": "This request would exceed your rate limit"}
            return self.whole(429, {"type": "error", "error": error}, [("retry-after", "7")])
        content = [{"type": "text", "text": "I heard: " + said}]
        forced = (body.get("tool_choice") or {}).get("name")
        if body.get("thinking"):
            content.insert(0, {"type": "thinking", "thinking": "hm", "signature": "EqQB"})
        if forced == "answer_in_json":
            content = [{"type": "tool_use", "id": "toolu_0", "name": forced, "input": {"city": "Paris", "degrees": 21}}]
        elif body.get("tools") and "weather" in said:
            name = body["tools"][0]["name"]
            content += [{"type": "tool_use", "id": f"toolu_{city}", "name": name, "input": {"city": city}} for city in ("Paris", "London")]
        reason = "tool_use" if any(block["type"] == "tool_use" for block in content) else "end_turn"
        message = {
            "id": "msg_013Zva2CMHLNnXjNJJKqJ2EF", "type": "message", "role": "assistant", "model": body["model"], "content": content,
            "stop_reason": reason, "stop_sequence": None,
            "usage": {"input_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 20, "service_tier": "standard"},
        }
        if body.get("stream"):
            return self.messages_stream(message, cut="cut" in said)
        self.whole(200, message)

    def count(self, body):
        assert "max_tokens" not in body and self.headers.get("x-api-key") == ANTHROPIC_KEY
        self.whole(200, {"input_tokens": 1000 + len(body["messages"])})

    def messages_stream(self, message, cut):
        self.begin_events()

        def event(kind, **members):
            self.piece(f"event: {kind}\ndata: " + json.dumps({"type": kind, **members}) + "\n\n")

        start = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
        event("message_start", message=start)
        event("ping")
        for index, block in enumerate(message["content"]):
            empty = {"text": {"text": ""}, "tool_use": {"input": {}}, "thinking": {"thinking": "", "signature": ""}}[block["type"]]
            event("content_block_start", index=index, content_block={**block, **empty})
            if block["type"] == "text":
                for word in block["text"].split(" "):
                    event("content_block_delta", index=index, delta={"type": "text_delta", "text": word + " "})
                    if cut:
                        self.close_connection = True
                        return
            elif block["type"] == "tool_use":
                text = json.dumps(block["input"])
                for part in (text[:4], text[4:]):
                    event("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part})
            else:
                event("content_block_delta", index=index, delta={"type": "thinking_delta", "thinking": block["thinking"]})
                event("content_block_delta", index=index, delta={"type": "signature_delta", "signature": block["signature"]})
            event("content_block_stop", index=index)
        event("message_delta", delta={"stop_reason": message["stop_reason"], "stop_sequence": None}, usage={"output_tokens": 20})
        event("message_stop")
        self.end_events()


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
