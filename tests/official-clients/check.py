"""The official Python clients against the gateway whose address is the argument."""

import sys

import anthropic
import openai
import pydantic

gateway = sys.argv[1]
gpt = openai.OpenAI(base_url=f"{gateway}/v1", api_key="sk-any", max_retries=0, timeout=20)
claude = anthropic.Anthropic(base_url=gateway, api_key="sk-ant-any", max_retries=0, timeout=20)

WEATHER = {"city": {"type": "string"}}
SCHEMA = {"type": "object", "properties": WEATHER, "required": ["city"], "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "get_weather", "description": "The weather", "parameters": SCHEMA}}
ASK = [{"role": "user", "content": "the weather in Paris and London?"}]
checks = []


def check(function):
    checks.append(function)
    return function


def raises(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


class Weather(pydantic.BaseModel):
    city: str
    degrees: int


@check
def models_are_listed_for_both():
    ids = [model.id for model in gpt.models.list()]
    assert "default" in ids and "offline-rules" in ids, ids
    assert gpt.models.retrieve("offline-rules").owned_by == "offline"
    names = [model.id for model in claude.models.list()]
    assert names == ids


@check
def the_offline_rules_answer():
    answer = gpt.chat.completions.create(model="offline-rules", messages=[{"role": "user", "content": "Test task"}])
    assert "no language model" in answer.choices[0].message.content
    message = claude.messages.create(model="offline-rules", max_tokens=64, messages=[{"role": "user", "content": "Test task"}])
    assert "no language model" in message.content[0].text
    response = gpt.responses.create(model="offline-rules", input="Test task")
    assert "no language model" in response.output_text


@check
def chat_tells_tokens_and_who_answered():
    raw = gpt.chat.completions.with_raw_response.create(model="default", messages=[{"role": "user", "content": "hello"}])
    assert raw.headers["x-provider"] == "openai" and raw.headers["x-tries"] == "1"
    answer = raw.parse()
    assert answer.choices[0].message.content == "I heard: hello"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (10, 5)
    assert raw.headers["x-cost-usd"] == "0.000012"


@check
def tools_are_called_in_parallel_and_answered():
    for model in ("default", "claude-sonnet-4-6"):
        first = gpt.chat.completions.create(model=model, messages=ASK, tools=[TOOL], parallel_tool_calls=True)
        message = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls" and len(message.tool_calls) == 2
        assert [call.function.arguments.replace(" ", "") for call in message.tool_calls] == ['{"city":"Paris"}', '{"city":"London"}']
        results = [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in message.tool_calls]
        second = gpt.chat.completions.create(model=model, messages=[*ASK, message, *results], tools=[TOOL])
        assert second.choices[0].finish_reason == "stop"


@check
def chat_streams_text_usage_and_tools():
    for model in ("default", "claude-sonnet-4-6"):
        stream = gpt.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "hello there"}], stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text.strip() == "I heard: hello there", text
        assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens in (5, 20)
        with gpt.chat.completions.stream(model=model, messages=ASK, tools=[TOOL]) as stream:
            final = stream.get_final_completion()
        calls = final.choices[0].message.tool_calls
        assert [call.function.name for call in calls] == ["get_weather"] * 2, calls


@check
def a_slow_first_token_is_waited_for():
    stream = gpt.chat.completions.create(model="default", messages=[{"role": "user", "content": "slow"}], stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream).strip() == "I heard: slow"


@check
def json_follows_a_schema():
    for model in ("default", "claude-sonnet-4-6"):
        answer = gpt.chat.completions.parse(model=model, messages=[{"role": "user", "content": "json"}], response_format=Weather)
        assert answer.choices[0].message.parsed == Weather(city="Paris", degrees=21)


@check
def images_pass_by_address_and_as_data():
    for url in ("https://example.org/a.png", "data:image/png;base64,AAAA"):
        content = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        for model, word in (("default", "image_url"), ("claude-sonnet-4-6", "image")):
            answer = gpt.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
            assert word in answer.choices[0].message.content


@check
def embeddings_come_as_numbers():
    ours = gpt.embeddings.create(model="hashed-ngram", input=["a text", "another"])
    assert len(ours.data) == 2 and len(ours.data[0].embedding) == 256
    theirs = gpt.embeddings.create(model="text-embedding-3-small", input="four")
    assert theirs.data[0].embedding == [0.5, -0.25, 4.0] and theirs.usage.prompt_tokens == 8


@check
def responses_answer_stream_and_call_tools():
    answer = gpt.responses.create(model="default", input="hello", instructions="be brief", max_output_tokens=64)
    assert answer.output_text == "I heard: hello" and answer.usage.input_tokens == 10
    tool = {"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": True}
    first = gpt.responses.create(model="default", input=ASK, tools=[tool])
    calls = [item for item in first.output if item.type == "function_call"]
    assert len(calls) == 2
    outputs = [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in calls]
    second = gpt.responses.create(model="default", input=[*ASK, *first.output, *outputs], tools=[tool])
    assert second.output_text == "I heard: sunny and sunny", second.output_text
    for model in ("default", "claude-sonnet-4-6"):
        with gpt.responses.stream(model=model, input="hello there") as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            assert text.strip() == "I heard: hello there" == stream.get_final_response().output_text.strip()
    parsed = gpt.responses.parse(model="default", input="json", text_format=Weather)
    assert parsed.output_parsed == Weather(city="Paris", degrees=21)


@check
def responses_go_as_they_are_to_who_speaks_them():
    answer = gpt.responses.create(model="native/m", input="hello", previous_response_id="resp_0")
    assert answer.id == "resp_1" and answer.output_text == "native: hello"


@check
def messages_answer_and_stream():
    for model, provider in (("default", "openai"), ("claude-sonnet-4-6", "anthropic")):
        raw = claude.messages.with_raw_response.create(model=model, max_tokens=64, messages=[{"role": "user", "content": "hello"}])
        assert raw.headers["x-provider"] == provider
        assert raw.parse().content[0].text == "I heard: hello"
        with claude.messages.stream(model=model, max_tokens=64, messages=[{"role": "user", "content": "hello there"}]) as stream:
            assert "".join(stream.text_stream).strip() == "I heard: hello there"
            final = stream.get_final_message()
        assert final.stop_reason == "end_turn" and final.usage.output_tokens in (5, 20)
        assert final.usage.input_tokens in (10, 100), final.usage


@check
def messages_call_tools():
    tools = [{"name": "get_weather", "description": "The weather", "input_schema": SCHEMA}]
    for model in ("default", "claude-sonnet-4-6"):
        message = claude.messages.create(model=model, max_tokens=64, messages=ASK, tools=tools)
        uses = [block for block in message.content if block.type == "tool_use"]
        assert message.stop_reason == "tool_use" and [use.input["city"] for use in uses] == ["Paris", "London"]
        with claude.messages.stream(model=model, max_tokens=64, messages=ASK, tools=tools) as stream:
            final = stream.get_final_message()
        assert [block.input["city"] for block in final.content if block.type == "tool_use"] == ["Paris", "London"]
        results = [{"type": "tool_result", "tool_use_id": use.id, "content": "sunny"} for use in uses]
        turns = [*ASK, {"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
        assert claude.messages.create(model=model, max_tokens=64, messages=turns, tools=tools).stop_reason == "end_turn"


@check
def tokens_are_counted_by_the_provider_or_estimated():
    tools = [{"name": "get_weather", "description": "The weather", "input_schema": SCHEMA}]
    for model, by, range_ in (("claude-sonnet-4-6", "provider", (1001, 1001)), ("default", "estimate", (20, 200))):
        raw = claude.messages.with_raw_response.count_tokens(model=model, messages=ASK, system="be brief", tools=tools)
        assert raw.headers["x-token-count"] == by
        assert range_[0] <= raw.parse().input_tokens <= range_[1], raw.parse()


@check
def kept_answers_come_whole_and_in_pieces():
    """Asked for once whole, then in pieces from what was kept."""
    for model in ("default", "claude-sonnet-4-6"):
        tool = {"name": "get_weather", "input_schema": SCHEMA}
        asked = {"model": model, "max_tokens": 65, "messages": ASK, "tools": [tool], "extra_headers": {"X-Cache": "use"}}
        first = claude.messages.with_raw_response.create(**asked)
        assert first.headers["x-cache"] == "miss"
        with claude.messages.stream(**asked) as stream:
            assert stream.response.headers["x-cache"] == "hit" and stream.response.headers["x-cost-usd"] == "0.000000"
            final = stream.get_final_message()
        said = [[(block.type, getattr(block, "text", ""), getattr(block, "input", {})) for block in message.content] for message in (final, first.parse())]
        assert said[0] == said[1], said
        assert final.usage.output_tokens == first.parse().usage.output_tokens
        asked = {"model": model, "temperature": 0, "messages": ASK, "tools": [TOOL], "stream_options": {"include_usage": True}}
        chunks = list(gpt.chat.completions.create(**asked, stream=True))
        with gpt.chat.completions.stream(**asked) as stream:
            final = stream.get_final_completion()
        calls = [call.function.arguments.replace(" ", "") for call in final.choices[0].message.tool_calls]
        assert calls == ['{"city":"Paris"}', '{"city":"London"}'] and final.usage.completion_tokens == chunks[-1].usage.completion_tokens
        whole = gpt.chat.completions.with_raw_response.create(**{name: asked[name] for name in asked if name != "stream_options"})
        assert whole.headers["x-cache"] == "hit" and len(whole.parse().choices[0].message.tool_calls) == 2
    for model in ("default", "native/m"):
        first = gpt.responses.with_raw_response.create(model=model, input="hello there", temperature=0)
        assert first.headers["x-cache"] == "miss"
        with gpt.responses.stream(model=model, input="hello there", temperature=0) as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            assert text == first.parse().output_text == stream.get_final_response().output_text


@check
def thinking_goes_through_where_it_is_known_and_is_refused_where_it_is_not():
    thinking = {"type": "enabled", "budget_tokens": 1024}
    ask = {"max_tokens": 2048, "messages": [{"role": "user", "content": "hello"}], "thinking": thinking}
    assert claude.messages.create(model="claude-sonnet-4-6", **ask).content[0].thinking == "hm"
    error = raises(anthropic.UnprocessableEntityError, lambda: claude.messages.create(model="default", **ask))
    assert "thinking" in str(error)


@check
def errors_are_the_clients_own():
    nobody = {"model": "nobody", "messages": [{"role": "user", "content": "x"}]}
    error = raises(openai.NotFoundError, lambda: gpt.chat.completions.create(**nobody))
    assert error.code == "MODEL_UNKNOWN", error.body
    raises(anthropic.NotFoundError, lambda: claude.messages.create(max_tokens=1, **nobody))
    limit = [{"role": "user", "content": "limit"}]
    error = raises(openai.RateLimitError, lambda: gpt.chat.completions.create(model="default", messages=limit))
    assert error.response.headers["retry-after"] == "7" and error.response.headers["x-blame"] == "infrastructure"
    error = raises(anthropic.RateLimitError, lambda: claude.messages.create(model="claude-sonnet-4-6", max_tokens=1, messages=limit))
    assert error.response.headers["retry-after"] == "7"
    raises(openai.UnprocessableEntityError, lambda: gpt.chat.completions.create(model="default", messages=[]))


@check
def streams_that_break_off_are_errors():
    cut = [{"role": "user", "content": "cut this"}]
    raises(openai.APIError, lambda: list(gpt.chat.completions.create(model="default", messages=cut, stream=True)))
    raises(anthropic.APIError, lambda: list(claude.messages.create(model="default", max_tokens=9, messages=cut, stream=True)))
    raises(anthropic.APIError, lambda: list(claude.messages.create(model="claude-sonnet-4-6", max_tokens=9, messages=cut, stream=True)))


for function in checks:
    function()
    print(f"python: {function.__name__.replace('_', ' ')}")
print(f"python: openai {openai.__version__}, anthropic {anthropic.__version__}: {len(checks)} checks")
