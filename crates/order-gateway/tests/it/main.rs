//! order-gateway through its edges: real Kafka, neighbours that answer over real gRPC.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

/// Methods of a neighbour that a test does not need, as `async_trait` writes them.
macro_rules! elsewhere {
    ($($method:ident($request:ty) -> $answer:ty;)*) => {$(
        fn $method<'a, 'b>(
            &'a self,
            _: tonic::Request<$request>,
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<tonic::Response<$answer>, tonic::Status>> + Send + 'b>>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(std::future::ready(Err(tonic::Status::unimplemented("not in this test"))))
        }
    )*};
}

mod doors; // what is public, what exists
mod keys; // repeats
mod kitchen; // a slot-scheduler
mod log; // the order log refuses, is silent, or is late
mod menu; // a menu
mod mobile; // the mobile apps' wire
mod office; // the office page
mod order_book; // an order-consumer
mod shop; // the shop page
mod start; // starting without anybody
mod watch; // watching an order
mod world; // a gateway with its neighbours
