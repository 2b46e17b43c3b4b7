# STEPS=10000 BINS=32 SLIM=yes SHUFFLES=100 SEEDS="1 2" scripts/sweep.sh scripts/ablations.plan runs/ablations
# It trains these networks with each seed:

# ---- base
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- no-dropout
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 1 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- clip-1e-6
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.000001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 \
      --init-weight-disp 0 --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 \
      --nh-lstm 128 --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- rmsprop-torch
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop-torch --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- rmsprop-ms0
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms 0 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- state-noise-0.1
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0.1 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- state-noise-0.5
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0.5 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- short-steps
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion sorscher --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- ego-sin-cos
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-sin-cos \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- ego-paper
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel speed-sin-cos \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- relu
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 10 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 10000 \
      --checkpoint network-10000.safetensors

# ---- batch-50
simulate -n 0 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 100 --motion banino --ego-vel step-cos-sin \
    --heading path |
  targets --env-size 2.2 --n-pc 256 --pc-scale 0.01 --n-hdc 12 --hdc-concentration 20 --neurons-seed 8341 \
      --targets-type softmax --init-type softmax --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation linear --bottleneck-bias --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope heads --decay 0.9 --dropout 0.5 --epsilon 1e-10 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 128 \
      --optimizer rmsprop --precision single --preset paper --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --state-noise 0 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 \
      --weight-decay 0.00001 --weight-decay-decoupled=false --weight-decay-scope heads --steps 4000 \
      --checkpoint network-4000.safetensors
