"""`/control/`: health, reset, clock, settings and faults."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from platforms.sandbox import clock, configuration, faults, shapes
from platforms.sandbox.control import body_of, control
from platforms.sandbox.emptying import start_afresh
from platforms.sandbox.validation import validated


def show_health(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok", "now": clock.wire(clock.now())})


def do_reset(request: HttpRequest) -> HttpResponse:
    start_afresh()
    return HttpResponse(status=204)


def show_clock(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"now": clock.wire(clock.now()), "offset": configuration.offset_seconds()})


def advance_clock(request: HttpRequest) -> HttpResponse:
    wish = validated(shapes.CONTROL_CLOCK, body_of(request))
    configuration.advance(float(wish.get("advance", 0)))
    return show_clock(request)


def show_settings(request: HttpRequest) -> HttpResponse:
    return JsonResponse(configuration.switches().on_the_wire())


def change_settings(request: HttpRequest) -> HttpResponse:
    body = body_of(request)
    if not isinstance(body, dict):
        raise ValueError('Settings are an object of switches by name, such as {"strict": true}.')
    configuration.change(body)
    return show_settings(request)


def restore_settings(request: HttpRequest) -> HttpResponse:
    configuration.restore_defaults()
    return show_settings(request)


def show_faults(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"faults": faults.listed()})


def add_fault(request: HttpRequest) -> HttpResponse:
    wish = validated(shapes.CONTROL_FAULT, body_of(request))
    fault = faults.add(faults.wished(wish))
    return JsonResponse(faults.on_the_wire(fault), status=201)


def clear_faults(request: HttpRequest) -> HttpResponse:
    faults.clear()
    return HttpResponse(status=204)


def clear_fault(request: HttpRequest, fault_id: int) -> HttpResponse:
    faults.remove(fault_id)
    return HttpResponse(status=204)


health = control(GET=show_health)
reset = control(POST=do_reset)
the_clock = control(GET=show_clock, POST=advance_clock)
settings = control(GET=show_settings, POST=change_settings, DELETE=restore_settings)
the_faults = control(GET=show_faults, POST=add_fault, DELETE=clear_faults)
one_fault = control(DELETE=clear_fault)
