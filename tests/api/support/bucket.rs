//! An object store that speaks the protocol of S3 on this machine, and can be told to fail.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartera::storage::{Connector, Location, Storage};
use cartera::telemetry::metrics::Metrics;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The server; it ends with this.
pub struct Bucket {
    folder: TempDir,
    url: String,
    fault: Arc<Mutex<Option<(Method, Fault)>>>,
    serving: JoinHandle<()>,
}

/// What becomes of requests of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// They are refused as a store does that is overloaded.
    Refused,
    /// They are refused as a store does whose disk is full.
    Full,
    /// They are carried out, and answered after so many milliseconds.
    Late(u64),
    /// They are answered only when the fault is over.
    Hanging,
}

const NAME: &str = "documents";
const PREFIX: &str = "of/crm";
const REGION: &str = "test";
const KEY: &str = "key-of-the-test";
const SECRET: &str = "secret-of-the-test";

impl Bucket {
    pub async fn start() -> Bucket {
        let folder = tempfile::tempdir().expect("a folder can be made");
        std::fs::create_dir(folder.path().join(NAME)).expect("a folder can be made");
        let files = FileSystem::new(folder.path()).expect("the folder is there");
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build().into_shared();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("a bound socket has an address"));
        let fault = Arc::new(Mutex::new(None));
        let told = fault.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (service, told) = (service.clone(), told.clone());
                let answer = service_fn(move |request: Request<Incoming>| {
                    let (service, told, method) = (service.clone(), told.clone(), request.method().clone());
                    async move {
                        let of_method = || {
                            let fault = told.lock().expect("the lock is not poisoned").clone();
                            fault.filter(|(of, _)| *of == method).map(|(_, fault)| fault)
                        };
                        let fault = of_method();
                        match fault {
                            Some(Fault::Refused) => return Ok::<_, Infallible>(refusal(StatusCode::SERVICE_UNAVAILABLE)),
                            Some(Fault::Full) => return Ok(refusal(StatusCode::INSUFFICIENT_STORAGE)),
                            _ => {}
                        }
                        let answer = service.call(request).await.expect("the store answers");
                        match fault {
                            Some(Fault::Late(milliseconds)) => sleep(Duration::from_millis(milliseconds)).await,
                            Some(Fault::Hanging) => {
                                while of_method().is_some() {
                                    sleep(Duration::from_millis(10)).await;
                                }
                            }
                            _ => {}
                        }
                        Ok(answer)
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
                // A connection that breaks off is no matter of the store.
                tokio::spawn(async move { drop(connection.await) });
            }
        });
        Bucket {
            folder,
            url,
            fault,
            serving,
        }
    }

    /// The storage of a server in the bucket.
    pub fn storage(&self, metrics: &Metrics) -> Storage {
        let store = AmazonS3Builder::new()
            .with_endpoint(&self.url)
            .with_bucket_name(NAME)
            .with_region(REGION)
            .with_access_key_id(KEY)
            .with_secret_access_key(SECRET)
            .with_allow_http(true)
            .with_disable_bulk_delete(true)
            .with_http_connector(Connector::to(Some(&self.url)))
            .with_retry(object_store::RetryConfig {
                max_retries: 1,
                ..object_store::RetryConfig::default()
            })
            .build();
        let store = store.expect("the options go together");
        Storage::in_store(Arc::new(PrefixStore::new(store, PREFIX)), metrics)
    }

    /// The settings by which another process finds the same storage.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CARTERA_STORAGE", format!("s3://{NAME}/{PREFIX}")),
            ("AWS_ENDPOINT", self.url.clone()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    /// From now on requests of this method are refused; None: none is.
    pub fn fail(&self, method: Option<Method>) {
        self.fault(method.map(|method| (method, Fault::Refused)));
    }

    /// From now on this becomes of requests of the method; None: all are answered.
    pub fn fault(&self, fault: Option<(Method, Fault)>) {
        *self.fault.lock().expect("the lock is not poisoned") = fault;
    }

    /// The setting `storage` of a server, and what it finds in its environment.
    pub fn setting(&self) -> (Location, [(&'static str, String); 5]) {
        let location = format!("s3://{NAME}/of/crm").parse().expect("an address");
        let variables = [
            ("AWS_ENDPOINT", self.url.clone()),
            ("AWS_REGION", "test".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ];
        (location, variables)
    }

    /// The number of files in the folder of the store, those of unfinished uploads and what the store notes of them included.
    pub fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder can be read") {
                let path = entry.expect("a folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.display().to_string());
                }
            }
        }
        found
    }
}

fn refusal(status: StatusCode) -> Response<s3s::Body> {
    let mut refusal = Response::new(s3s::Body::empty());
    *refusal.status_mut() = status;
    refusal
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
