//! The socket: accepts connections on loopback, reads requests, sends answers as a fault wants them sent. Knows nothing
//! of GitHub.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;
use tokio::time::Sleep;

use crate::exchange::{Answer, Request, parse_query};
use crate::fault::Delivery;

/// What answers requests.
pub(crate) type Service = dyn Fn(Request) -> (Answer, Delivery) + Send + Sync;

/// A slow body is sent in this many pieces.
const SLOW_PIECES: usize = 20;
/// How long a stopping server waits for what is under way.
const STOP_PATIENCE: Duration = Duration::from_millis(500);

pub(crate) struct Server {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Listens before the service is made, which is told its address.
    pub fn start(port: u16, service: impl FnOnce(String) -> Arc<Service>) -> Server {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port on loopback");
        listener
            .set_nonblocking(true)
            .expect("a socket that can be polled");
        let address = listener.local_addr().expect("a bound socket has an address");
        let service = service(format!("http://{address}"));
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("standin".into())
            .spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()
                    .expect("a runtime of its own");
                runtime.block_on(accept(listener, service, stopped));
                runtime.shutdown_timeout(STOP_PATIENCE);
            })
            .expect("a thread of its own");
        Server { stop, thread }
    }

    pub fn stop(self) {
        // A thread that is gone already has panicked, and said so.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

async fn accept(listener: TcpListener, service: Arc<Service>, mut stopped: oneshot::Receiver<()>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket that can be polled");
    loop {
        tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                tokio::spawn(connection(stream, service.clone()));
            }
        }
    }
}

async fn connection(stream: tokio::net::TcpStream, service: Arc<Service>) {
    drop(stream.set_nodelay(true));
    // A second handle on the same socket, to reset it from below hyper.
    let Ok(stream) = stream.into_std() else { return };
    let Ok(socket) = stream.try_clone().map(Arc::new) else {
        return;
    };
    let Ok(stream) = tokio::net::TcpStream::from_std(stream) else {
        return;
    };
    let service = service_fn(|request| respond(request, service.clone(), socket.clone()));
    // Clients that go away are no concern of ours.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for NoAnswer {}

async fn respond(
    request: hyper::Request<Incoming>,
    service: Arc<Service>,
    socket: Arc<TcpStream>,
) -> Result<hyper::Response<Sent>, NoAnswer> {
    let request = read(request).await?;
    let head = request.method == "HEAD";
    let served = tokio::task::spawn_blocking(move || service(request)).await;
    let (answer, delivery) = served.unwrap_or_else(|panic| {
        (
            Answer::text(500, "text/plain", &format!("the stand-in panicked: {panic}")),
            Delivery::Whole,
        )
    });
    match delivery {
        Delivery::Hang => std::future::pending::<()>().await,
        Delivery::Reset => {
            drop(socket2::SockRef::from(&*socket).set_linger(Some(Duration::ZERO)));
            return Err(NoAnswer);
        }
        _ => {}
    }
    let mut response = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let body = if head {
        // As long as the body would be.
        response = response.header("content-length", answer.body.len());
        Sent::new(Vec::new(), Delivery::Whole)
    } else {
        Sent::new(answer.body, delivery)
    };
    response.body(body).map_err(|_| NoAnswer)
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, NoAnswer> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| NoAnswer)?.to_bytes().to_vec();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    Ok(Request {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parse_query(&raw_query),
        raw_query,
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body,
    })
}

/// A body that is sent whole, slowly, or not to its end.
struct Sent {
    left: Bytes,
    total: u64,
    piece: usize,
    pause: Option<Duration>,
    sleep: Option<Pin<Box<Sleep>>>,
    cut: bool,
}

impl Sent {
    fn new(body: Vec<u8>, delivery: Delivery) -> Sent {
        let total = body.len();
        let mut sent = Sent {
            left: Bytes::from(body),
            total: total as u64,
            piece: total.max(1),
            pause: None,
            sleep: None,
            cut: false,
        };
        match delivery {
            Delivery::Slow(time) => {
                sent.piece = total.div_ceil(SLOW_PIECES).max(1);
                sent.pause = Some(time / SLOW_PIECES as u32);
            }
            Delivery::Cut => {
                sent.left.truncate(total / 2);
                sent.cut = true;
            }
            _ => {}
        }
        sent
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = NoAnswer;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, NoAnswer>>> {
        if let Some(sleep) = &mut self.sleep {
            std::task::ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.left.is_empty() {
            let cut = std::mem::take(&mut self.cut);
            return Poll::Ready(cut.then_some(Err(NoAnswer)));
        }
        let length = self.piece.min(self.left.len());
        let piece = self.left.split_to(length);
        // After a piece that is to arrive, a pause: hyper would else close before it has written.
        let pause = self.pause.or(self.cut.then_some(Duration::from_millis(50)));
        self.sleep = pause.map(|pause| Box::pin(tokio::time::sleep(pause)));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.total)
    }
}
