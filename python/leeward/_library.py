"""libleeward.so through ctypes. The structures are those of include/leeward/{point,zone,zone_set,
zone_predict}.h; tests/embed/layout.c checks that they lie in memory as the compiler lays them.

Pointers stand as numbers (c_size_t), so that NumPy can fill arrays of these structures.
"""
import ctypes
import os
from pathlib import Path

POINTER = ctypes.c_size_t


def structure(name, *fields):
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


I32, I64, U32, BOOL = ctypes.c_int32, ctypes.c_int64, ctypes.c_uint32, ctypes.c_bool
Point = structure("Point", ("lat_e7", I32), ("lon_e7", I32))
PointBox = structure("PointBox", ("min", Point), ("max", Point))
Ring = structure("Ring", ("points", POINTER), ("count", U32))
Area = structure("Area", ("rings", POINTER), ("count", U32))
Alt = structure("Alt", ("ft", I32), ("ref", ctypes.c_uint))
AltLimit = structure("AltLimit", ("kind", ctypes.c_uint), ("alt", Alt))
Schedule = structure("Schedule", ("always", ctypes.c_bool), ("intervals", POINTER), ("count", U32))
Watch = structure("Watch", *((name, I32) for name in (
    "look_ahead_s", "warning_time_s", "lateral_margin_m", "vertical_margin_ft", "confirm", "hold",
    "lost_after_s", "alert_chance_pct", "map_error_m", "realert_s", "group_m", "loiter_s", "loiter_m", "stop_s",
    "stop_kt", "meet_s", "meet_m", "low_ft", "fast_kt", "emergency",
    "confirm_of", "imminent_s", "imminent_chance_pct", "averted_chance_pct", "update_s", "lost_end_s",
    "lateral_error_m", "lateral_growth_m", "vertical_error_ft", "vertical_growth_ft",
    "observers")))
Moving = structure("Moving", ("around", ctypes.c_char * 48), ("radius_m", I32), ("ahead_m", I32),
                   ("behind_m", I32), ("route", POINTER), ("route_count", U32))
Zone = structure(
    "Zone", ("id", POINTER), ("name", POINTER), ("kind", ctypes.c_uint), ("entry", ctypes.c_uint),
    ("lower", AltLimit), ("upper", AltLimit), ("schedule", Schedule), ("watch", Watch),
    ("authority", POINTER), ("mandate", POINTER), ("protects", POINTER), ("area", Area),
    ("moving", Moving), ("exempts", POINTER), ("exempt_count", U32),
    ("axis", POINTER), ("axis_count", U32))
ZoneList = structure("ZoneList", ("zones", POINTER), ("count", U32))
Volume = structure("Volume", ("lower_ft", I32), ("upper_ft", I32), ("schedule", Schedule))
Leg = structure("Leg", ("from_", Point), ("to", Point), ("from_us", I64), ("to_us", I64),
                 ("from_ft", I32), ("to_ft", I32), ("has_alt", BOOL))
Passage = structure("Passage", ("zone", U32), ("enter_us", I64), ("leave_us", I64),
                    ("starts", BOOL), ("ends", BOOL), ("alt_unknown", BOOL))
Motion = structure("Motion", ("point", Point), ("t_us", I64), ("speed_kt_e3", I32),
                   ("track_deg_e3", I32), ("turn_deg_s_e3", I32), ("alt_ft", I32),
                   ("rate_fpm", I32), ("has_alt", BOOL))


class LeewardError(RuntimeError):
    """What lee_error_text says."""


def check(error):
    if error:
        raise LeewardError(library.lee_error_text(error).decode())


def open_library():
    """The library beside this file (as in the wheel), or the one that LEEWARD_LIBRARY names."""
    path = os.environ.get("LEEWARD_LIBRARY") or Path(__file__).with_name("libleeward.so")
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise ImportError(f"leeward: {error}; build the wheel with python/build_wheel.py or let "
                          "LEEWARD_LIBRARY name libleeward.so") from None
    set_, out, size = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
    for name, result, *arguments in (
            ("lee_error_text", ctypes.c_char_p, ctypes.c_int),
            ("lee_zone_set_build", ctypes.c_int, ctypes.POINTER(ZoneList), ctypes.POINTER(set_)),
            ("lee_zone_set_free", None, set_),
            ("lee_zone_set_locate", size, set_, Point, out, size),
            ("lee_zone_set_in_box", size, set_, PointBox, out, size),
            ("lee_zone_set_locate_box", size, set_, Point, out, size, ctypes.POINTER(PointBox)),
            ("lee_zone_set_locate_many", size, set_, out, out, size, out, size, out),
            ("lee_zone_predictor_create", ctypes.c_int, set_, out, ctypes.POINTER(out)),
            ("lee_zone_predictor_free", None, out),
            ("lee_zone_predictor_paths", ctypes.c_int, out, out, size, out, size, out,
             ctypes.POINTER(size)),
            ("lee_zone_path_straight", Leg, out, I32)):
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


library = open_library()
