"""Invented names: people, sites on the Internet, files. Pure lists.

Enters: nothing. Leaves: words from which the cast and its habits are made. None of them is anybody's.
"""

from __future__ import annotations

FIRST = (
    "Adèle Agnès Alain Albane Alice Amandine Anaïs André Anne Antoine Armelle Arnaud Aurélie Baptiste Bastien "
    "Béatrice Benoît Bernard Camille Carine Caroline Catherine Cécile Charlotte Chloé Christelle Claire Claude "
    "Clément Corinne Cyril Damien Daniel David Delphine Denis Didier Dominique Élise Élodie Émilie Emma Éric "
    "Estelle Étienne Eva Fabien Fanny Fatou Florence Florian Franck Gaëlle Gilles Guillaume Hélène Hugo Inès "
    "Isabelle Jamila Jean Jeanne Jérôme Joël Julie Julien Karim Karine Laura Laurence Laurent Léa Louis Lucie "
    "Ludovic Magali Manon Marc Margaux Marie Marion Mathieu Mélanie Michel Mireille Monique Nadège Nadia Nathalie "
    "Nicolas Noémie Odile Olivier Pascal Patricia Paul Pauline Philippe Pierre Quentin Rachid Raphaël Régine "
    "Romain Sabrina Samia Samuel Sandrine Sarah Sébastien Serge Simon Solène Sonia Sophie Stéphane Sylvie Théo "
    "Thierry Thomas Valérie Véronique Victor Vincent Virginie Yann Yasmine Zoé"
).split()
LAST = (
    "Abadie Allard Arnaud Aubert Auger Bailly Barbier Baron Barre Bernier Besson Bigot Blin Bonnet Boucher Boulay "
    "Bouvier Brun Buisson Camus Carlier Caron Cartier Chauvin Chevallier Clerc Colas Collet Cordier Coulon "
    "Courtois Cousin Daniel Delattre Delorme Denis Deschamps Didier Doucet Dubreuil Ducros Dufour Dumas Dupuis "
    "Durieux Evrard Fabre Faure Ferrand Fleury Fontaine Fouquet Gaillard Garnier Gauthier Germain Gilles Giraud "
    "Gomez Goujon Grondin Guerin Guillot Hamel Hardy Hebert Hoarau Huet Humbert Jacob Jacquet Joly Jourdan Klein "
    "Labbe Lacroix Lambert Langlois Lebon Lebrun Leclerc Lefort Lejeune Lemaire Lenoir Leroux Lesage Levy Louis "
    "Mace Mahe Maillard Mallet Marchal Marechal Marty Masson Maury Menard Mercier Meunier Michaud Monnier Morel "
    "Morvan Navarro Neveu Noel Olivier Ollivier Pages Paris Pasquier Pelletier Perrin Petitjean Picard Pichon "
    "Poirier Pons Poulain Prevost Raymond Regnier Renaud Rey Ribeiro Riviere Robin Rolland Rossi Rousset Royer "
    "Salaun Sauvage Schmitt Seguin Simonet Tanguy Tessier Texier Thibault Tissot Toussaint Vallet Vasseur Verdier "
    "Vial Vidal Vigneron Voisin Weber Yilmaz"
).split()

SITE_WORDS = (
    "sante info meteo journal soin pharma recette banque assur mutuelle train velo jardin maison ecole cours "
    "forum blog photo video musique radio sport club ville region mairie emploi formation medic biblio revue "
    "carte route voyage hotel marche boutique mode deco jeu presse actu droit impot energie habitat culture "
    "cinema theatre livre science nature animal cuisine fete enfant famille senior logiciel stock image police "
    "icone traceur mesure pub cadre module service"
).split()
SITE_PARTS = ("www", "cdn", "img", "api", "static", "m", "media", "s1", "s2", "assets")
SITE_COUNT = 4_000

STEADY = (
    "login.microsoftonline.com outlook.office365.com teams.microsoft.com v10.events.data.microsoft.com "
    "settings-win.data.microsoft.com ctldl.windowsupdate.com slscr.update.microsoft.com "
    "fe3cr.delivery.mp.microsoft.com edge.microsoft.com config.edge.skype.com nexusrules.officeapps.live.com "
    "ocsp.digicert.com crl3.digicert.com clients2.google.com update.googleapis.com fonts.googleapis.com "
    "www.msftconnecttest.com smartscreen.microsoft.com wdcp.microsoft.com graph.microsoft.com "
    "officeclient.microsoft.com self.events.data.microsoft.com"
).split()
"""Names that the software of every office machine asks for, whoever sits there."""

FOLDERS = (
    "Services/Urgences", "Services/Radiologie", "Services/Chirurgie", "Services/Pharmacie", "Services/Laboratoire",
    "Direction/Qualité", "Direction/Finances", "RH/Plannings", "RH/Formations", "Commun/Procédures", "Commun/Modèles",
    "Commun/Gardes", "Biomédical/Contrats", "Informatique/Notices", "Logistique/Commandes",
)  # fmt: skip
FILES = (
    "compte-rendu.docx", "planning.xlsx", "protocole.pdf", "liste-gardes.xlsx", "courrier.docx", "facture.pdf",
    "bilan.xlsx",
    "reunion.pptx", "note.docx", "procedure.pdf", "formulaire.docx", "stock.xlsx", "annuaire.xlsx",
    "photo.jpg",
)  # fmt: skip
SHARES = ("commun", "services", "perso$", "echange")
"""Names of shares of a file server."""


def outside_names() -> list[str]:
    """Give the names of the Internet as this hospital knows it, the most visited first."""
    found = []
    for rank in range(SITE_COUNT):
        one, two = SITE_WORDS[rank % len(SITE_WORDS)], SITE_WORDS[(rank * 7 + rank // 60) % len(SITE_WORDS)]
        part = SITE_PARTS[0] if rank % 3 else SITE_PARTS[rank // 3 % len(SITE_PARTS)]
        found.append(f"{part}.{one}-{two}{rank // 900 or ''}.example")
    return list(dict.fromkeys(found))
