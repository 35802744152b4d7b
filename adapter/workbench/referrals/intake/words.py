"""What the intake page says beside the form's own texts, in English and Spanish.

The Spanish is our own and awaits review by a qualified translator, as the form's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from adapter.workbench.referrals.intake.items import Language

_ENGLISH = {
    "title": "Refer a member to ECM",
    "lead": "Enhanced Care Management gives Medi-Cal members with the most complex needs a lead "
    "care manager. Nothing is kept until you send it.",
    "again": "Correct the referral and send it again",
    "again-lead": "This is what was sent. What you send now takes its place, in the same thread.",
    "because": "Why it came back:",
    "adult": "Adult (21 or older)",
    "child": "Child or youth (under 21)",
    "form-for": "Form for",
    "language": "Language of the form",
    "ask": "Who is asked",
    "plan": "Health plan",
    "choose": "Choose …",
    "nobody": "No other organization is registered here, so nobody can be asked.",
    "nobody-sandbox": "You play the plan, whom referrals go to. To send one, play the referrer: "
    "the choice is at the top of the page.",
    "urgency": "How urgent is it?",
    "routine": "Routine",
    "urgent": "Urgent: decide within 72 hours",
    "provider": "Preferred ECM provider",
    "no-preference": "No preference",
    "consent": "How and when the member agreed",
    "consent-hint": "Taking part is voluntary. Goes along as a note.",
    "along": "What goes along from the chart",
    "along-hint": "The entries that show why the member qualifies. What would tell of substance "
    "use, HIV, violence, mental health or the end of a pregnancy stays here.",
    "along-none": "No entry of the chart goes along.",
    "undetermined": "This chart does not say whether the member qualifies. You can still refer, by "
    "what you know.",
    "not-referable": "By this chart the member does not qualify. You can still refer, by what you "
    "know and the chart does not say.",
    "met": "met, by the chart",
    "possible": "possible; answers are missing",
    "uncertain": "By the chart none of these is certain yet. Choose what you think describes the "
    "member: the plan finds out.",
    "chosen": "By the chart none of these is certain yet. What is possible is ticked: the plan "
    "finds out. Untick what does not describe the member.",
    "needs": "What you can say of the member",
    "needs-hint": "Each answer helps the plan to decide. Leave open what nobody knows.",
    "more": "more questions",
    "sensitive-hint": "Questions on sensitive matters are never filled in from the chart. What you "
    "answer goes to the plan.",
    "open": "Not known",
    "send": "Send the referral",
    "sends-to": "It goes to the plan at once. You see on the next page what becomes of it.",
    "faults": "Not sent yet. Please see to this:",
    "refused": "The exchange did not take it:",
    "name": "Write the first and the last name.",
    "born": "Write the date of birth as year-month-day, such as 1980-01-31.",
    "born-late": "This day has not come yet.",
    "is-child": "By the date of birth the member is under 21: change to the form for a child.",
    "is-adult": "By the date of birth the member is 21 or older: change to the form for an adult.",
    "cin": "A CIN has eight digits and a letter, such as 90000001A.",
    "another": "Under this number a member is known who was born on another day. Check the number "
    "and the date of birth; to correct what was sent before, send that referral again.",
    "cin-hint": "Eight digits and a letter, on the Medi-Cal card. Without it the plan may not find "
    "the member.",
    "population": "Choose at least one. It need not be certain: the plan finds out.",
    "agrees": "Taking part is voluntary: refer the member once they agree.",
    "day": "Write the date as year-month-day, such as 2026-01-31.",
    "number": "Write a whole number from 0 to 9999.",
    "one-of": "Choose one of these.",
    "long": "This is too long; write less.",
    "whom": "Choose who is asked.",
    "required": "required",
}
_SPANISH = {
    "title": "Referir a un miembro a ECM",
    "lead": "La Administración de Atención Mejorada (ECM) da a los miembros de Medi-Cal con las "
    "necesidades más complejas un administrador principal de su atención. No se guarda nada hasta "
    "que usted lo envíe.",
    "again": "Corregir la referencia y enviarla de nuevo",
    "again-lead": "Esto es lo que se envió. Lo que envíe ahora tomará su lugar en el mismo hilo.",
    "because": "Por qué se devolvió:",
    "adult": "Adulto (21 años o más)",
    "child": "Niño o joven (menor de 21 años)",
    "form-for": "Formulario para",
    "language": "Idioma del formulario",
    "ask": "A quién se pide",
    "plan": "Plan de salud",
    "choose": "Elija …",
    "nobody": "No hay otra organización registrada aquí, así que no se puede pedir a nadie.",
    "nobody-sandbox": "Usted representa al plan, que recibe las referencias. Para enviar una, "
    "represente a quien refiere: se elige arriba en la página.",
    "urgency": "¿Qué tan urgente es?",
    "routine": "De rutina",
    "urgent": "Urgente: decidir en 72 horas",
    "provider": "Proveedor de ECM preferido",
    "no-preference": "Sin preferencia",
    "consent": "Cómo y cuándo aceptó el miembro",
    "consent-hint": "La participación es voluntaria. Se envía como nota.",
    "along": "Lo que se envía del expediente",
    "along-hint": "Los datos que muestran por qué el miembro califica. Lo que revelaría consumo de "
    "sustancias, VIH, violencia, salud mental o el fin de un embarazo se queda aquí.",
    "along-none": "No se envía ningún dato del expediente.",
    "undetermined": "Este expediente no dice si el miembro califica. Aun así puede referirlo, "
    "por lo que usted sabe.",
    "not-referable": "Según este expediente el miembro no califica. Aun así puede referirlo, por "
    "lo que usted sabe y el expediente no dice.",
    "met": "se cumple, según el expediente",
    "possible": "posible; faltan respuestas",
    "uncertain": "Según el expediente ninguna de estas es segura todavía. Elija lo que a su juicio "
    "describe al miembro: el plan lo averigua.",
    "chosen": "Según el expediente ninguna de estas es segura todavía. Lo posible está marcado: el "
    "plan lo averigua. Quite lo que no describa al miembro.",
    "needs": "Lo que usted puede decir del miembro",
    "needs-hint": "Cada respuesta ayuda al plan a decidir. Deje abierto lo que nadie sabe.",
    "more": "preguntas más",
    "sensitive-hint": "Las preguntas sobre temas delicados nunca se llenan con el expediente. Lo "
    "que usted conteste se envía al plan.",
    "open": "No se sabe",
    "send": "Enviar la referencia",
    "sends-to": "Llega al plan de inmediato. En la página siguiente verá qué pasa con ella.",
    "faults": "Todavía no se envió. Por favor revise esto:",
    "refused": "El sistema no la aceptó:",
    "name": "Escriba el nombre y el apellido.",
    "born": "Escriba la fecha de nacimiento como año-mes-día, por ejemplo 1980-01-31.",
    "born-late": "Ese día todavía no ha llegado.",
    "is-child": "Por la fecha de nacimiento el miembro es menor de 21 años: cambie al formulario "
    "para niños.",
    "is-adult": "Por la fecha de nacimiento el miembro tiene 21 años o más: cambie al formulario "
    "para adultos.",
    "cin": "Un CIN tiene ocho dígitos y una letra, por ejemplo 90000001A.",
    "another": "Con este número se conoce a un miembro nacido otro día. Revise el número y la "
    "fecha de nacimiento; para corregir lo que ya se envió, envíe de nuevo esa referencia.",
    "cin-hint": "Ocho dígitos y una letra, en la tarjeta de Medi-Cal. Sin él, es posible que el "
    "plan no encuentre al miembro.",
    "population": "Elija al menos una. No tiene que ser segura: el plan lo averigua.",
    "agrees": "La participación es voluntaria: refiera al miembro cuando esté de acuerdo.",
    "day": "Escriba la fecha como año-mes-día, por ejemplo 2026-01-31.",
    "number": "Escriba un número entero de 0 a 9999.",
    "one-of": "Elija una de estas.",
    "long": "Es demasiado largo; escriba menos.",
    "whom": "Elija a quién se pide.",
    "required": "obligatorio",
}

#: By language, then by name.
WORDS: Mapping[Language, Mapping[str, str]] = MappingProxyType(
    {"en": MappingProxyType(_ENGLISH), "es": MappingProxyType(_SPANISH)}
)
