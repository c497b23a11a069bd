"""Health: whether the process lives, whether it can answer, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response

from stopgap.service.access import Service, SignedIn

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def health_router() -> APIRouter:
    """Return the addresses of health; two of them are open to all, and tell nothing of the lake."""
    router = APIRouter(tags=["operation"])

    @router.get("/healthz", summary="Whether the process lives")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether the service can answer: its database and its lake", responses={503: {}})
    def readyz(service: Service, response: Response) -> dict[str, str]:
        found = service.readiness()
        if found:
            response.status_code = 503
            return {"status": "not ready", "why": found}
        return {"status": "ok"}

    @router.get("/metrics", summary="Metrics in the text format of Prometheus", response_class=Response)
    def metrics(service: Service, person: SignedIn) -> Response:
        return Response(service.metrics.text(), media_type=PROMETHEUS)

    return router
