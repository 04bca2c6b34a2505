// The steps of a decision in the reader's language. The server tells them in English (src/watch/explain.c);
// each sentence is found by its English, so that what is new there is shown in English until it stands here.
import type { Step } from "./api";
import { currentLanguage, filled, type Language, named } from "./words";

const ar: Record<string, string> = {
    "Judged against zone {zone} ({kind}, entry {entry}) of generation {generation}: from {lower}{lower_ref} up to {upper}{upper_ref}. ":
        "قيس على المنطقة {zone} ({kind}، الدخول: {entry}) من الجيل {generation}: من {lower}{lower_ref} إلى {upper}{upper_ref}. ",
    "It looks {look_ahead_s} s ahead and warns {warning_time_s} s before an entry; {confirm} reports in a row confirm, {hold} misses are borne. ":
        "تنظر {look_ahead_s} ثانية إلى الأمام وتنذر قبل الدخول بـ {warning_time_s} ثانية؛ {confirm} تقارير متتالية تؤكد، و{hold} تقارير مخالفة تُحتمل. ",
    "Outside again is what is more than {lateral_margin_m} m or {vertical_margin_ft} ft outside; silence of {lost_after_s} s is told. ":
        "يُعدّ خارجاً من جديد ما ابتعد أكثر من {lateral_margin_m} م أو {vertical_margin_ft} قدماً؛ ويُبلَّغ عن صمت {lost_after_s} ثانية. ",
    "The geoid is {geoid_m} m above the ellipsoid, within {geoid_error_m} m; a value is stale after {stale_after_s} s and not used after {expire_after_s} s.":
        "الجيود فوق الإهليلج بـ {geoid_m} م، بخطأ حتى {geoid_error_m} م؛ تتقادم القيمة بعد {stale_after_s} ثانية ولا تُستعمل بعد {expire_after_s} ثانية.",
    " Nobody states the pressure at sea level: altitudes by pressure and above the sea are compared as they are.":
        " لا أحد يذكر الضغط عند مستوى البحر: تُقارن الارتفاعات الضغطية والارتفاعات فوق سطح البحر كما هي.",
    " The pressure at sea level is not known here now: limits that need it are taken {qnh_unknown_ft} ft wider.":
        " الضغط عند مستوى البحر غير معروف هنا الآن: تُؤخذ الحدود التي تحتاج إليه أوسع بـ {qnh_unknown_ft} قدماً.",
    " The pressure at sea level is {qnh_hpa} hPa, within {qnh_error_ft} ft, ":
        " الضغط عند مستوى البحر {qnh_hpa} هكتوباسكال، بخطأ حتى {qnh_error_ft} قدماً، ",
    "as aircraft nearby show.": "كما تُظهر الطائرات القريبة.",
    "as configured.": "كما ضُبط.",
    "as {qnh} states.": "كما يذكر {qnh}.",
    "A report ({source}) of {target}": "تقرير ({source}) عن {target}",
    "Judged again because zones, permits or the hour changed, {age_s} s after its last position: {target}":
        "أُعيد الحكم لتغيّر المناطق أو التصاريح أو الوقت، بعد {age_s} ثانية من آخر موقع: {target}",
    " ({callsign})": " ({callsign})",
    " at {lat}, {lon}": " عند {lat}، {lon}",
    ", {alt_baro_ft} ft of pressure altitude": "، ارتفاع ضغطي {alt_baro_ft} قدماً",
    ", {alt_hae_ft} ft above the ellipsoid": "، {alt_hae_ft} قدماً فوق الإهليلج",
    ", on the ground": "، على الأرض",
    ", altitude not known": "، الارتفاع مجهول",
    ", {speed_ground_kt} kt": "، {speed_ground_kt} عقدة",
    " towards {track_deg} degrees": " باتجاه {track_deg} درجة",
    ", vertical rate {vertical_rate_fpm} ft/min": "، المعدل الرأسي {vertical_rate_fpm} قدماً/دقيقة",
    "; the position before was {since_s} s ago": "؛ الموقع السابق قبل {since_s} ثانية",
    ".": ".",
    "The zone is not active at this hour. ": "المنطقة غير نشطة في هذه الساعة. ",
    "It is inside the area, {edge_m} m from its edge.": "هو داخل المساحة، على بعد {edge_m} م من حافتها.",
    "It is outside the area, {edge_m} m from its edge.": "هو خارج المساحة، على بعد {edge_m} م من حافتها.",
    " Its altitude is not known, which counts as between the limits.": " ارتفاعه مجهول، ويُعدّ بين الحدّين.",
    " No altitude is needed: the zone has no limits in height.": " لا حاجة إلى الارتفاع: ليس للمنطقة حدود في العلو.",
    " Its altitude, {used_ft}{used_ref}, is {side} the limits": " ارتفاعه، {used_ft}{used_ref}، {side} الحدّين",
    " (converted, within {error_ft} ft)": " (محوَّل، بخطأ حتى {error_ft} قدماً)",
    "; what is not known of the ground or the pressure makes a limit count as the wider one.":
        "؛ ما لا يُعرف من الأرض أو الضغط يجعل الحدّ يُعدّ الأوسع.",
    " It is in {exempted_by}, which exempts who may be there from this zone.":
        " هو في {exempted_by}، التي تُعفي من يحق له أن يكون فيها من هذه المنطقة.",
    " So it is inside the zone.": " فهو إذن داخل المنطقة.",
    " So it is not inside the zone.": " فهو إذن ليس داخل المنطقة.",
    "This zone asks for no look ahead.": "هذه المنطقة لا تطلب نظراً إلى الأمام.",
    "Nothing is predicted: it is on the ground, or speed or track is not known.":
        "لا توقّع: هو على الأرض، أو سرعته أو مساره مجهول.",
    " Of its ways ahead these lead in: going straight {way_straight}, turning {way_turning}, ending its climb or descent {way_levelling}; together {chance_of_entry} of all.":
        " من طرقه المحتملة تؤدي هذه إلى الدخول: مستقيماً {way_straight}، منعطفاً {way_turning}، منهياً صعوده أو هبوطه {way_levelling}؛ معاً {chance_of_entry} من الكل.",
    " It is expected to follow the route of permit {route} with a chance of {follows}, as it did so far: on that way {way_following} leads in.":
        " يُتوقَّع أن يتبع مسار التصريح {route} باحتمال {follows} كما فعل حتى الآن: ومن ذلك الطريق يؤدي {way_following} إلى الدخول.",
    " It is expected to follow the axis of corridor {route} with a chance of {follows}, as it did so far: on that way {way_following} leads in.":
        " يُتوقَّع أن يتبع محور الممر {route} باحتمال {follows} كما فعل حتى الآن: ومن ذلك الطريق يؤدي {way_following} إلى الدخول.",
    " Only what lies off the routes of its permits counts.": " لا يُحسب إلا ما يقع خارج مسارات تصاريحه.",
    "Going on like this it leaves the routes of its permits within the zone in {time_to_entry_s} s.":
        "إن استمر هكذا غادر مسارات تصاريحه داخل المنطقة بعد {time_to_entry_s} ثانية.",
    " The zone's carrier turns by {carrier_turn_deg_s} degrees a second: it may go on so or straight, whatever leads in more likely or sooner.":
        " حامل المنطقة ينعطف بـ {carrier_turn_deg_s} درجة في الثانية: قد يستمر في ذلك أو يسير مستقيماً، ويُحسب ما يؤدي إلى الدخول باحتمال أكبر أو أسرع.",
    "Going on like this it keeps to the routes of its permits.": "إن استمر هكذا بقي على مسارات تصاريحه.",
    " Its crew has selected {alt_selected_ft} ft.": " اختار طاقمه {alt_selected_ft} قدماً.",
    "Going on like this it enters in {time_to_entry_s} s": "إن استمر هكذا دخل بعد {time_to_entry_s} ثانية",
    "It goes with {carrier}, which was not heard yet. ": "تسير مع {carrier} الذي لم يُسمع بعد. ",
    "It goes with {carrier}, which is silent for {carrier_age_s} s: it grew. ":
        "تسير مع {carrier} الصامت منذ {carrier_age_s} ثانية: فقد اتسعت. ",
    "It goes with {carrier}, heard {carrier_age_s} s ago. ": "تسير مع {carrier} الذي سُمع قبل {carrier_age_s} ثانية. ",
    "Going on like this it misses the zone, but with the errors that the zone allows for it enters in {time_to_entry_s} s":
        "إن استمر هكذا أخطأ المنطقة، لكنه مع الأخطاء التي تحتسبها المنطقة يدخل بعد {time_to_entry_s} ثانية",
    ", which is imminent (at most {imminent_s} s): no confirmation is needed.":
        "، وهو وشيك ({imminent_s} ثانية على الأكثر): لا حاجة إلى تأكيد.",
    ", within the warning time of {warning_time_s} s.": "، ضمن زمن الإنذار البالغ {warning_time_s} ثانية.",
    ", which is before the warning time of {warning_time_s} s.": "، وهو قبل زمن الإنذار البالغ {warning_time_s} ثانية.",
    "Going on like this it does not enter within {look_ahead_s} s.": "إن استمر هكذا لم يدخل خلال {look_ahead_s} ثانية.",
    "Permit {permit} lets it in.": "التصريح {permit} يأذن له بالدخول.",
    "The permit that names it does not let it in: {miss}.": "التصريح الذي يسمّيه لا يأذن له بالدخول: {miss}.",
    "No permit lets it in.": "لا تصريح يأذن له بالدخول.",
    "Nothing is open between this target and this zone.": "لا شيء مفتوح بين هذا الهدف وهذه المنطقة.",
    "State: {state}": "الحالة: {state}",
    "; {hits} reports inside in a row ({confirm} confirm)": "؛ {hits} تقارير متتالية في الداخل ({confirm} تؤكد)",
    "; {misses} reports outside in a row ({hold} are borne)": "؛ {misses} تقارير متتالية في الخارج ({hold} تُحتمل)",
    "; {predict_hits} predictions of entry in a row ({confirm} confirm)": "؛ {predict_hits} توقعات دخول متتالية ({confirm} تؤكد)",
    "; {predict_misses} predictions in a row without entry ({hold} are borne)":
        "؛ {predict_misses} توقعات متتالية بلا دخول ({hold} تُحتمل)",
    "Its parameters, {parameters}, are": "معاملاتها، {parameters}، هي",
    " It asks for {observers} observers.": " تطلب {observers} مراقبين.",
    "; the chance of entry is {chance}, most likely {way} ({alert_chance_pct} % alerts)":
        "؛ احتمال الدخول {chance}، والأرجح {way} (يُنذَر عند {alert_chance_pct} ٪)",
    "; near by the margins.": "؛ قريب ضمن الهوامش.",
    "Told: {event} of incident {incident}, severity {severity}": "أُبلغ: {event} في الحادثة {incident}، الخطورة {severity}",
    ", because {reason}": "، بسبب {reason}",
    "; the edge was crossed {since_s} s before, at {cross_lat}, {cross_lon}":
        "؛ عُبرت الحافة قبل ذلك بـ {since_s} ثانية، عند {cross_lat}، {cross_lon}",
    "; entry in {time_to_entry_s} s at {entry_lat}, {entry_lon}": "؛ الدخول بعد {time_to_entry_s} ثانية عند {entry_lat}، {entry_lon}",
    "; confidence {confidence}": "؛ الثقة {confidence}",
    "No position for {silent_s} s; the zone bears {lost_after_s} s.": "لا موقع منذ {silent_s} ثانية؛ والمنطقة تحتمل {lost_after_s} ثانية.",
    // What stands in them.
    " ft of pressure altitude": " قدماً ارتفاعاً ضغطياً",
    " ft above sea level": " قدماً فوق سطح البحر",
    " ft above ground": " قدماً فوق الأرض",
    " ft above the ellipsoid": " قدماً فوق الإهليلج",
    "the surface": "السطح",
    "no limit": "بلا حدّ",
    below: "تحت",
    within: "بين",
    above: "فوق",
    pending: "معلّق",
    inside: "في الداخل",
    straight: "مستقيماً",
    turning: "منعطفاً",
    levelling: "مستوياً",
    following: "متبعاً مساره",
};

const books: Partial<Record<Language, Record<string, string>>> = { ar };

// Values for which the page has words of its own, by their key.
const prefixes: Record<string, string> = {
    kind: "kind",
    entry: "entry",
    source: "source",
    event: "event",
    state: "state",
    severity: "severity",
    reason: "reason",
    confidence: "confidence",
};

function valueOf(book: Record<string, string>, key: string, value: string | number): string | number {
    if (typeof value === "number") {
        return value;
    }
    const prefix = prefixes[key];
    return book[value] ?? (prefix === undefined ? value : named(prefix, value));
}

// The step in the reader's language, or the server's words where a sentence of it is not known.
export function whyWords(step: Step): { text: string; language: Language } {
    const book = books[currentLanguage()];
    const sentences = book && step.said?.map((sentence) => book[sentence]);
    if (!book || !sentences || sentences.includes(undefined)) {
        return { text: step.words, language: "en" };
    }
    const values = Object.fromEntries(Object.entries(step.values).map(([key, value]) => [key, valueOf(book, key, value)]));
    return { text: sentences.map((sentence) => filled(sentence ?? "", values)).join(""), language: currentLanguage() };
}
