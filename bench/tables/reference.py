"""What scikit-learn's multilayer perceptron reaches on the tables of tables.json, with preprocessing made for each by hand.

    npx tsx bench/tables/split.ts && python3 bench/tables/reference.py [NAME …]

Needs scikit-learn and pandas. Writes reference.json: for each table the score of the five splits (accuracy, or R² where the target
is a quantity), that of the trivial model (the most frequent class, the mean) and of a linear one. Hidden layers and weight decay
are chosen by cross-validation within the training part where that has up to 4,000 rows; larger ones have the defaults and early stopping.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

HERE = Path(__file__).parent
FILES = HERE.parent.parent / "build" / "tables"
SEEDS = [1, 2, 3, 4, 5]
SMALL = 4000

# What a person who looks at a table does with its columns: left out, dates, categories, amounts over many magnitudes.
RECIPES = {
    "iris": {},
    "penguins": {"categories": ["island", "sex"]},
    "seattle weather": {"dates": ["date"]},
    "weather of two cities": {"dates": ["date"], "categories": ["location"]},
    "olympians": {"drop": ["id", "name", "info"], "dates": ["date_of_birth"], "categories": ["nationality", "sport"]},
    "origin of cars": {"drop": ["Name"], "dates": ["Year"]},
    "birdstrikes": {
        "dates": ["Flight Date"],
        "categories": [
            "Airport Name", "Aircraft Make Model", "Aircraft Airline Operator", "Origin State", "Phase of flight", "Wildlife Size",
            "Wildlife Species", "Time of day",
        ],
        "log": ["Cost Other", "Cost Repair", "Cost Total $"],
    },
    "cut of diamonds": {"categories": ["color", "clarity"]},
    "cars": {"drop": ["name"]},
    "diamonds": {"categories": ["cut", "color", "clarity"]},
    "gapminder": {"categories": ["country", "cluster"], "log": ["pop"]},
    "boston": {"categories": ["chas"]},
    "wages": {"categories": ["south", "gender", "union", "race", "occupation", "sector", "married"]},
    "population": {"categories": ["sex"]},
    "pizza": {"drop": ["revenue"], "dates": ["order_date"], "categories": ["day_of_week", "category", "name"]},
    "movies": {
        "drop": ["Title"],
        "dates": ["Release Date"],
        "categories": ["MPAA Rating", "Distributor", "Source", "Major Genre", "Creative Type", "Director"],
        "log": ["US Gross", "Worldwide Gross", "US DVD Sales", "Production Budget", "IMDB Votes"],
    },
    "barley": {"categories": ["variety", "site", "year"]},
}


def read(entry, *parts):
    path = FILES / (".".join([entry["name"].replace(" ", "-"), *map(str, parts)]) + "." + entry["format"])
    return pd.read_json(path, convert_dates=False) if entry["format"] == "json" else pd.read_csv(path, keep_default_na=False, na_values=[""])


def date_parts(frame):
    parts = []
    for name in frame.columns:
        date = pd.to_datetime(frame[name], errors="coerce", utc=True)
        year = date.dt.dayofyear / 365.25 * 2 * np.pi
        parts += [date.astype("int64").where(date.notna()) / 8.64e13, np.sin(year), np.cos(year), date.dt.dayofweek]
    return np.column_stack(parts)


def preprocessing(recipe, columns):
    dates, categories, logs = (recipe.get(key, []) for key in ("dates", "categories", "log"))
    taken = {*recipe.get("drop", []), *dates, *categories, *logs}
    scale = lambda *first: make_pipeline(*first, SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    one_hot = make_pipeline(
        FunctionTransformer(lambda x: x.astype(object).where(x.notna(), "missing").astype(str)),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False),
    )
    log = FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x)))
    return ColumnTransformer([
        ("numbers", scale(), [name for name in columns if name not in taken]),
        ("log", scale(log), logs),
        ("dates", scale(FunctionTransformer(date_parts)), dates),
        ("categories", one_hot, categories),
    ])


def models(is_class, rows):
    if is_class:
        net = MLPClassifier(max_iter=400, random_state=0, early_stopping=rows > SMALL)
        return DummyClassifier(), LogisticRegression(max_iter=2000), net
    scaled = lambda model: TransformedTargetRegressor(model, transformer=StandardScaler())
    net = MLPRegressor(max_iter=400, random_state=0, early_stopping=rows > SMALL)
    return DummyRegressor(), scaled(RidgeCV(np.logspace(-2, 3, 11))), scaled(net)


def chosen(model, is_class, rows):
    """The model with hidden layers and weight decay by cross-validation, where there is time for that."""
    if rows > SMALL:
        return model
    place = "" if is_class else "regressor__"
    grid = {f"{place}hidden_layer_sizes": [(100,), (64, 64)], f"{place}alpha": [1e-4, 1e-2, 1.0]}
    return GridSearchCV(model, grid, cv=3, scoring=None if is_class else "r2")


def scores(entry):
    recipe, target = RECIPES[entry["name"]], entry["target"]
    found = {"trivial": [], "linear": [], "net": []}
    is_class = None
    for seed in SEEDS:
        train, test = (read(entry, seed, part) for part in ("train", "test"))
        train, test = (part[part[target].notna()] for part in (train, test))
        features = [name for name in train.columns if name != target and name not in recipe.get("drop", [])]
        is_class = not pd.api.types.is_numeric_dtype(train[target])
        steps = preprocessing(recipe, features)
        x, xt = steps.fit_transform(train[features]), steps.transform(test[features])
        y, yt = train[target], test[target]
        for name, model in zip(found, models(is_class, len(train))):
            model = chosen(model, is_class, len(train)) if name == "net" else model
            found[name].append(round(float(model.fit(x, y).score(xt, yt)), 4))
    return {"metric": "accuracy" if is_class else "r2", "rows": len(train) + len(test), **found}


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", UserWarning)
    path = HERE / "reference.json"
    known = json.loads(path.read_text()) if path.exists() else {"tables": {}}
    for entry in json.loads((HERE / "tables.json").read_text()):
        if sys.argv[1:] and entry["name"] not in sys.argv[1:]:
            continue
        known["tables"][entry["name"]] = result = scores(entry)
        print(entry["name"], result, flush=True)
        known["made"] = f"scikit-learn {sklearn.__version__}, pandas {pd.__version__}"
        path.write_text(json.dumps(known, indent=2) + "\n")


main()
