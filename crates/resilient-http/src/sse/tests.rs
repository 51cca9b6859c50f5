//! Events in every cut and with every line end.

use std::convert::Infallible;

use super::*;

const WIRE: &str = "\u{feff}: hello\r\nevent: message_start\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nid: 4\ndata: grüße\n\nevent: only\n\ndata:[DONE]\r\rdata: lost";

fn expected() -> Vec<Event> {
    vec![
        Event { name: "message_start".into(), data: "{\"a\":\n1}".into() },
        Event { name: String::new(), data: "grüße".into() },
        Event { name: String::new(), data: "[DONE]".into() },
    ]
}

async fn read(pieces: Vec<Bytes>) -> Vec<Result<Event, Fault>> {
    let body = stream::iter(pieces.into_iter().map(Ok::<_, Infallible>));
    events(body, Duration::from_secs(60)).collect().await
}

#[tokio::test]
async fn events_are_the_same_however_the_bytes_are_cut() {
    let bytes = Bytes::from_static(WIRE.as_bytes());
    for size in [1, 2, 3, 7, 1000] {
        let pieces = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
        let events: Vec<Event> = read(pieces).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(events, expected(), "pieces of {size}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_end_the_stream() {
    let events = read(vec![Bytes::from_static(b"data: \xff\n\n"), Bytes::from_static(b"data: x\n\n")]).await;
    assert_eq!(events, [Err(Fault::Malformed)]);
}

#[tokio::test]
async fn an_endless_event_ends_the_stream() {
    let piece = Bytes::from(vec![b'x'; EVENT_LIMIT + 1]);
    assert_eq!(read(vec![piece]).await, [Err(Fault::Malformed)]);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_the_stream() {
    let first = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"data: 1\n\n"))]);
    let body = first.chain(stream::pending());
    let events: Vec<_> = events(body, Duration::from_secs(30)).collect().await;
    assert_eq!(events, [Ok(Event { name: String::new(), data: "1".into() }), Err(Fault::Silent)]);
}
